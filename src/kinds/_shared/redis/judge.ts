import type { RecordedPrimary, ServiceInput } from '../../../stack/contract/model.ts';
import { formatAddress, type Instance, serviceOf } from '../../../stack/contract/model.ts';
import type { Judgement, ProbeTable } from '../../../stack/contract/probe.ts';
import type { RedisOptions } from './options.ts';
import type { RedisFacts } from './probe.ts';

interface Group {
  readonly options: RedisOptions;
  readonly masters: readonly Instance[];
  /** Whom the director names; undefined: there is none, or it gives no answer. */
  readonly named: RecordedPrimary | undefined;
  readonly directed: boolean;
}

/** What needs the probes of all servers: one master, every replica follows it, and no replica is far behind. */
export function judge(
  { stack, service }: ServiceInput<RedisOptions>,
  probes: ProbeTable,
): ReadonlyMap<string, Judgement> {
  const { primaryFrom, options } = service;
  const director = primaryFrom === undefined ? undefined : serviceOf(stack, primaryFrom);
  const named =
    director === undefined
      ? undefined
      : director.kind.arbiter?.probedPrimary({ stack, service: director }, probes).primary;
  const masters = service.instances.filter(({ name }) => probes.get(name)?.role === 'master');
  const group: Group = { options, masters, named, directed: director !== undefined };
  return new Map(
    service.instances
      .filter(({ name }) => probes.get(name)?.role !== undefined)
      .map((instance) => {
        const degraded = group.directed ? settingRemarks(instance.name, factsOf(instance, probes), options) : [];
        const judged = judgeOne(instance, group, probes);
        return [instance.name, degraded.length === 0 ? judged : { ...judged, degraded }];
      }),
  );
}

function judgeOne(instance: Instance, group: Group, probes: ProbeTable): Judgement {
  const { masters, named } = group;
  const { readyLagBytes } = group.options;
  const [first, ...others] = masters;
  if (first === undefined) return { reasons: ['no server of the group is master'] };
  const facts = factsOf(instance, probes);
  if (probes.get(instance.name)?.role === 'master') {
    return {
      reasons: [
        ...(others.length === 0 ? [] : [`${masters.length} servers are master: ${names(masters)}`]),
        ...(named === undefined || named.instance === instance.name ? [] : [oldMaster(instance, facts, named)]),
      ],
    };
  }
  const master = masters.find(({ name }) => name === named?.instance) ?? first;
  const wrong = facts.masterAddress !== formatAddress(master.peer);
  const lagBytes = Math.max(0, factsOf(master, probes).offset - facts.offset);
  return {
    reasons: [
      ...(wrong ? [`replicates from ${facts.masterAddress}, the master is ${formatAddress(master.peer)}`] : []),
      ...(lagBytes > readyLagBytes ? [`${lagBytes} bytes behind the master, more than ${readyLagBytes}`] : []),
    ],
    facts: { lagBytes },
  };
}

/** One that was cut off or has just come back. The Sentinels see its role in INFO, every 10 s. */
function oldMaster({ name }: Instance, { writable }: RedisFacts, named: RecordedPrimary): string {
  const writes =
    writable === true
      ? 'takes writes that are lost as soon as it becomes a replica'
      : 'refuses writes, so nothing is lost there';
  return `says that it is master and ${writes}: the Sentinels name ${named.instance} (epoch ${named.epoch}) and make it a replica within about 10 s; if it stays: \`stackctl restart ${name}\``;
}

/** Settings that `CONFIG SET` has made risky; what is declared is a warning of `up` and a line of `doctor`. */
function settingRemarks(name: string, facts: RedisFacts, options: RedisOptions): readonly string[] {
  const { persistence, minReplicasToWrite } = facts;
  const isDeclared = !options.appendOnly && options.save === '';
  return [
    ...(persistence === 'none' && !isDeclared
      ? [
          `persistence is off (save "", appendonly no) and a server that crashes is started again at once: as the master it would come back empty before the Sentinels notice, and the replicas would copy that: \`stackctl cli ${name} CONFIG SET appendonly yes\``,
        ]
      : []),
    ...(minReplicasToWrite === 0 && options.minReplicasToWrite > 0
      ? [
          `min-replicas-to-write is 0, the stack declares ${options.minReplicasToWrite}: as the master it would go on to acknowledge writes while it is cut off, and they are lost: \`stackctl cli ${name} CONFIG SET min-replicas-to-write ${options.minReplicasToWrite}\``,
        ]
      : []),
  ];
}

function factsOf(instance: Instance, probes: ProbeTable): RedisFacts {
  return probes.get(instance.name)?.facts as unknown as RedisFacts;
}

function names(instances: readonly Instance[]): string {
  return instances.map(({ name }) => name).join(', ');
}
