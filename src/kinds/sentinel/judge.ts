import type { ServiceInput } from '../../stack/contract/model.ts';
import { formatAddress, type Instance } from '../../stack/contract/model.ts';
import type { Judgement, ProbeTable } from '../../stack/contract/probe.ts';
import { monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';
import type { SentinelFacts } from './probe.ts';
import { type NoPromotion, noPromotion, tooFewActing } from './promotion.ts';

type Input = ServiceInput<SentinelOptions>;

interface View {
  readonly instance: Instance;
  readonly facts: SentinelFacts;
}

/** All Sentinels name the same master, that server says itself that it is the master, and a failover could happen now. */
export function judge(input: Input, probes: ProbeTable): ReadonlyMap<string, Judgement> {
  const seen = views(input, probes);
  const masters = monitoredService(input).instances.filter(({ name }) => probes.get(name)?.role === 'master');
  const newest = seen.reduce((best, view) => (view.facts.epoch > best ? view.facts.epoch : best), 0);
  const quorum = quorumReasons(seen);
  return new Map(
    seen.map((view) => {
      const { instance, facts } = view;
      const named = masters.find(({ peer }) => formatAddress(peer) === facts.masterAddress);
      const blocked = named === undefined ? undefined : promotionBlocked(input, view, probes);
      return [
        instance.name,
        {
          reasons: [
            ...(named === undefined ? [`names ${facts.masterAddress} as master, which does not say so itself`] : []),
            ...(facts.epoch < newest
              ? [`is at configuration epoch ${facts.epoch}, another Sentinel at ${newest}`]
              : []),
            ...(blocked === undefined ? [] : [blocked.reason]),
            ...quorum,
          ],
          standing: blocked?.standing === true ? [blocked.reason] : [],
          degraded: monitoredService(input).instances.length === 1 ? ['no failover is possible without a replica'] : [],
        },
      ];
    }),
  );
}

/** The service's line in `status`. `agreement` is how many of the Sentinels that answer name the same master. */
export function summarize(input: Input, probes: ProbeTable): Readonly<Record<string, unknown>> {
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

/** As this Sentinel would decide if it led a failover now; the priority is what each replica says itself. */
function promotionBlocked(input: Input, { facts }: View, probes: ProbeTable): NoPromotion | undefined {
  const replicas = monitoredService(input).instances.filter(({ peer }) => formatAddress(peer) !== facts.masterAddress);
  return noPromotion(
    replicas.map(({ name }) => {
      const priority = probes.get(name)?.facts.priority;
      return {
        name,
        obstacle: facts.notPromotable?.[name],
        priority: typeof priority === 'number' ? priority : undefined,
      };
    }),
  );
}

function quorumReasons(seen: readonly View[]): readonly string[] {
  const tilted = seen.filter(({ facts }) => facts.tilt).map(({ instance }) => instance.name);
  const quorum = seen.reduce((most, { facts }) => Math.max(most, facts.quorum), 0);
  const reason = tooFewActing(seen.length - tilted.length, tilted, quorum);
  return reason === undefined ? [] : [reason];
}

function views({ service }: Input, probes: ProbeTable): readonly View[] {
  return service.instances.flatMap((instance) => {
    const probe = probes.get(instance.name);
    return probe?.role === undefined ? [] : [{ instance, facts: probe.facts as unknown as SentinelFacts }];
  });
}
