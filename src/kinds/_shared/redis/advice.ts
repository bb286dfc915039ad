import type { Advice } from '../../../stack/contract/kind.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { RedisOptions } from './options.ts';

/** Settings that are legal and known to lose data. Figures: measured partitions with the writer on the cut-off side. */
export function advise({ service }: ServiceInput<RedisOptions>): readonly Advice[] {
  const { options, instances, primaryFrom, name } = service;
  const replicas = instances.length - 1;
  return [
    ...(primaryFrom !== undefined && options.minReplicasToWrite === 0
      ? [
          {
            text: `${name}: with minReplicasToWrite 0 a master that is cut off keeps acknowledging writes that are lost once it rejoins (26 s of writes after a partition of 15 s); with 1 and minReplicasMaxLagS 2 the loss is bounded to about 2.1 s`,
          },
        ]
      : []),
    ...(primaryFrom !== undefined && replicas > 0 && options.replicaPriority === 0
      ? [
          {
            text: `${name}: with replicaPriority 0 on every server no replica may ever be promoted: no failover can happen; give it any other number, 100 is Redis' own`,
          },
        ]
      : []),
    ...(primaryFrom !== undefined && replicas === 0
      ? [{ text: `${name}: with one server there is no replica to promote: no failover can happen` }]
      : []),
    ...(options.minReplicasToWrite > replicas
      ? [
          {
            text: `${name}: minReplicasToWrite ${options.minReplicasToWrite} with ${replicas} replicas refuses every write`,
          },
        ]
      : []),
    ...(primaryFrom !== undefined && !options.appendOnly && options.save === ''
      ? [
          {
            text: `${name}: without persistence a master that crashes and restarts faster than the Sentinels notice comes back empty, and its replicas copy that`,
          },
        ]
      : []),
  ];
}

export function refuseScale({ service }: ServiceInput<RedisOptions>, count: number): readonly string[] {
  const needed = service.options.minReplicasToWrite + 1;
  return count < needed
    ? [`minReplicasToWrite ${service.options.minReplicasToWrite} needs ${needed} servers, or every write is refused`]
    : [];
}
