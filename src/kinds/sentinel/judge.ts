import type { Judgement, ProbeTable, ServiceInput } from '../../stack/kind.ts';
import { formatAddress, type Instance } from '../../stack/model.ts';
import { monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';
import type { SentinelFacts } from './probe.ts';

/** All Sentinels name the same master, and it is the server that says so of itself. */
export function judge(input: ServiceInput<SentinelOptions>, probes: ProbeTable): ReadonlyMap<string, Judgement> {
  const seen = views(input, probes);
  const masters = monitoredService(input).instances.filter(({ name }) => probes.get(name)?.role === 'master');
  const newest = seen.reduce((best, view) => (view.facts.epoch > best ? view.facts.epoch : best), 0);
  return new Map(
    seen.map(({ instance, facts }) => {
      const named = masters.find(({ peer }) => formatAddress(peer) === facts.masterAddress);
      return [
        instance.name,
        {
          reasons: [
            ...(named === undefined ? [`names ${facts.masterAddress} as master, which does not say so itself`] : []),
            ...(facts.epoch < newest
              ? [`is at configuration epoch ${facts.epoch}, another Sentinel at ${newest}`]
              : []),
          ],
        },
      ];
    }),
  );
}

/** The service's line in `status`. `agreement` is how many of the Sentinels that answer name the same master. */
export function summarize(input: ServiceInput<SentinelOptions>, probes: ProbeTable): Readonly<Record<string, unknown>> {
  const seen = views(input, probes);
  const votes = new Map<string, number>();
  for (const { facts } of seen) votes.set(facts.masterAddress, (votes.get(facts.masterAddress) ?? 0) + 1);
  const [winner] = [...votes].sort((a, b) => b[1] - a[1]);
  const master = monitoredService(input).instances.find(({ peer }) => formatAddress(peer) === winner?.[0]);
  return {
    masterName: input.service.options.masterName,
    master: master?.name ?? null,
    quorum: input.service.options.quorum,
    epoch: seen.reduce((best, view) => Math.max(best, view.facts.epoch), 0),
    agreement: winner?.[1] ?? 0,
    sentinels: input.service.instances.length,
  };
}

function views(
  { service }: ServiceInput<SentinelOptions>,
  probes: ProbeTable,
): readonly { readonly instance: Instance; readonly facts: SentinelFacts }[] {
  return service.instances.flatMap((instance) => {
    const probe = probes.get(instance.name);
    return probe?.role === undefined ? [] : [{ instance, facts: probe.facts as unknown as SentinelFacts }];
  });
}
