import type { ServiceInput } from '../../../stack/contract/model.ts';
import { formatAddress, type Instance } from '../../../stack/contract/model.ts';
import type { Judgement, ProbeTable } from '../../../stack/contract/probe.ts';
import type { RedisOptions } from './options.ts';
import type { RedisFacts } from './probe.ts';

/** What needs the probes of all servers: one master, every replica follows it, and no replica is far behind. */
export function judge({ service }: ServiceInput<RedisOptions>, probes: ProbeTable): ReadonlyMap<string, Judgement> {
  const masters = service.instances.filter(({ name }) => probes.get(name)?.role === 'master');
  return new Map(
    service.instances
      .filter(({ name }) => probes.get(name)?.role !== undefined)
      .map((instance) => [instance.name, judgeOne(instance, masters, probes, service.options.readyLagBytes)]),
  );
}

function judgeOne(
  instance: Instance,
  masters: readonly Instance[],
  probes: ProbeTable,
  readyLagBytes: number,
): Judgement {
  const [master, ...others] = masters;
  if (master === undefined) return { reasons: ['no server of the group is master'] };
  if (probes.get(instance.name)?.role === 'master') {
    return { reasons: others.length === 0 ? [] : [`${masters.length} servers are master: ${names(masters)}`] };
  }
  const facts = factsOf(instance, probes);
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

function factsOf(instance: Instance, probes: ProbeTable): RedisFacts {
  return probes.get(instance.name)?.facts as unknown as RedisFacts;
}

function names(instances: readonly Instance[]): string {
  return instances.map(({ name }) => name).join(', ');
}
