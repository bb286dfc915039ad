/** What a fault cost beside the outage of the writes, and when all was as before. Pure. */
import type { Resyncs } from '../stack/contract/arbiter.ts';
import type { WriteRecord } from '../stack/contract/failover.ts';
import type { FaultMoment } from './fault-moment.ts';
import type { ReadGap, Reads } from './read-gaps.ts';
import type { RoleSpan } from './role-spans.ts';
import { tenth } from './tenth.ts';
import { HUNDRED } from './warm-up.ts';

/** Times in milliseconds, to a tenth. */
export interface Recovery {
  /** Times without an acknowledgement since the fault that are longer than ten writes take, and all of them together. */
  readonly gaps: number;
  readonly unavailableMs: number;
  /** After the fault, from when on 99 of each 100 writes were acknowledged; null: of none until the end. */
  readonly fullRateMs: number | null;
  /** After the fault, when the old master said that it is a replica; null: it stayed the master, or nobody asked. */
  readonly rejoinedMs: number | null;
  /**
   * The longest time since the fault in which no server answered a read, of those that are longer than `readsWithinMs`, to within
   * which it is known; null: nobody asked, or none ever did.
   */
  readonly readsOutMs: number | null;
  /** The same for replicas. */
  readonly replicaReadsOutMs: number | null;
  readonly readsWithinMs: number | null;
  /** How replicas got in step since the script began, by what the servers count themselves; null: nobody asked. */
  readonly resyncs: Resyncs | null;
}

/** So many times the time between two writes is no schedule any more. */
const GAP = 10;

export interface RecoveryInput {
  readonly history: readonly WriteRecord[];
  readonly ratePerS: number;
  readonly oldPrimary: string;
  readonly newPrimary: string | undefined;
  readonly roles?: { readonly spans: readonly RoleSpan[] } | undefined;
  readonly reads?: Reads | undefined;
  readonly resyncs?: Resyncs | undefined;
}

export function recoveryOf(observed: RecoveryInput, fault: FaultMoment): Recovery {
  const { history, ratePerS, oldPrimary, newPrimary, roles, reads, resyncs } = observed;
  const out = (by: ReadGap['by']): number | null =>
    reads?.answered.includes(by) === true ? tenth(longestSince(reads, by, fault.calledAt)) : null;
  const widths = gapsSince(history, fault, (GAP * 1000) / ratePerS);
  return {
    gaps: widths.length,
    unavailableMs: tenth(widths.reduce((sum, width) => sum + width, 0)),
    fullRateMs: tenth(fullRateAfter(history, fault)),
    rejoinedMs: newPrimary === oldPrimary ? null : tenth(rejoinedAfter(roles?.spans ?? [], oldPrimary, fault)),
    readsOutMs: out('any'),
    replicaReadsOutMs: out('replica'),
    readsWithinMs: reads === undefined ? null : tenth(reads.withinMs),
    resyncs: resyncs ?? null,
  };
}

/** How long each of them was; one that is not over lasts until the last write left. */
function gapsSince(history: readonly WriteRecord[], fault: FaultMoment, gapMs: number): readonly number[] {
  const acks = history.flatMap(({ outcome, completed }) => (outcome === 'acked' ? [completed] : []));
  acks.sort((a, b) => a - b);
  const end = history.reduce((latest, { invoked }) => Math.max(latest, invoked), fault.at);
  let before = acks.findLast((at) => at <= fault.at) ?? fault.at;
  return [...acks.filter((one) => one > fault.at), end].flatMap((at) => {
    const width = at - before;
    before = Math.max(before, at);
    return width > gapMs ? [width] : [];
  });
}

/** The beginning of the first hundred after which every hundred is as before. */
function fullRateAfter(history: readonly WriteRecord[], fault: FaultMoment): number | null {
  const since = history.filter(({ intended }) => intended > fault.at).sort((a, b) => a.intended - b.intended);
  let missed = 0;
  let lastBad = -1;
  for (const [index, { outcome }] of since.entries()) {
    if (outcome !== 'acked') missed += 1;
    if (index >= HUNDRED && since[index - HUNDRED]?.outcome !== 'acked') missed -= 1;
    if (index >= HUNDRED - 1 && missed > 1) lastBad = index - HUNDRED + 1;
  }
  if (lastBad === -1) return since.length < HUNDRED ? null : 0;
  const first = since[lastBad + 1];
  return first === undefined || lastBad + HUNDRED >= since.length ? null : first.intended - fault.at;
}

/** Its first word as a replica after the last one as a master. */
function rejoinedAfter(spans: readonly RoleSpan[], oldPrimary: string, fault: FaultMoment): number | null {
  const own = spans.filter(({ node, to }) => node === oldPrimary && to >= fault.calledAt);
  const asPrimary = own.filter(({ isPrimary }) => isPrimary).map(({ to }) => to);
  const last = asPrimary.reduce((latest, to) => Math.max(latest, to), fault.calledAt);
  const first = own.find(({ isPrimary, from }) => !isPrimary && from >= last);
  return first === undefined ? null : first.from - fault.at;
}

function longestSince({ gaps, withinMs }: Reads, by: ReadGap['by'], since: number): number {
  const widths = gaps
    .filter((gap) => gap.by === by && gap.to > since)
    .map(({ from, to }) => to - Math.max(from, since));
  const longest = widths.reduce((most, width) => Math.max(most, width), 0);
  return longest > withinMs ? longest : 0;
}
