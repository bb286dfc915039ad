import { formatAddress, type ServiceInput } from '../../stack/contract/model.ts';
import type { Judgement, ProbeTable } from '../../stack/contract/probe.ts';
import { ability, actingReason, promotionBlocked, type View, viewsIn } from './ability.ts';
import { NO_ROUTE } from './member-reasons.ts';
import { instanceAt, monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';
import { settingRemarks } from './setting-remarks.ts';

type Input = ServiceInput<SentinelOptions>;

/** All Sentinels name the same master, that server says itself that it is the master, and a failover could happen now. */
export function judge(input: Input, probes: ProbeTable): ReadonlyMap<string, Judgement> {
  const seen = viewsIn(input, probes);
  const masters = monitoredService(input).instances.filter(({ name }) => probes.get(name)?.role === 'master');
  const newest = seen.reduce((best, view) => (view.facts.epoch > best ? view.facts.epoch : best), 0);
  const tooFew = actingReason(seen);
  return new Map(
    seen.map((view) => {
      const { instance, facts } = view;
      const named = masters.find(({ peer }) => formatAddress(peer) === facts.masterAddress);
      const blocked = named === undefined ? undefined : promotionBlocked(input, view, probes);
      return [
        instance.name,
        {
          reasons: [
            ...(named === undefined ? [misnamed(input, facts.masterAddress)] : []),
            ...(facts.epoch < newest ? [behind(view, newest)] : []),
            ...(blocked === undefined ? [] : [blocked.reason]),
            ...(tooFew === undefined ? [] : [tooFew]),
          ],
          standing: blocked?.standing === true ? [blocked.reason] : [],
          degraded: [
            ...(monitoredService(input).instances.length === 1 ? ['no failover is possible without a replica'] : []),
            ...settingRemarks(view, seen, input.service.options),
          ],
        },
      ];
    }),
  );
}

/**
 * The service's line in `status`. `agreement` is how many of the Sentinels that answer name the same master;
 * `failoverPossible` is whether one could happen now, `failoverObstacles` why not, `promotable` to which servers.
 */
export function summarize(input: Input, probes: ProbeTable): Readonly<Record<string, unknown>> {
  const seen = viewsIn(input, probes);
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
    ...ability(input, probes),
  };
}

function misnamed(input: Input, address: string): string {
  const stranger = instanceAt(input, address) === undefined;
  return `names ${address} as master, which ${stranger ? `is not in the stack (${NO_ROUTE})` : 'does not say so itself'}`;
}

/** It takes the higher one over from the others' messages within seconds, and from what is on record at a start. */
function behind({ instance, facts }: View, newest: number): string {
  return `is at configuration epoch ${facts.epoch}, another Sentinel at ${newest}; if that stays: \`stackctl restart ${instance.name}\``;
}
