/** What a fault cost beside the outage of the writes, and when all was as before. Pure. */
import type { WriteRecord } from '../stack/contract/failover.ts';
import type { FaultMoment } from './fault-moment.ts';
import type { ReadGap, Reads } from './read-gaps.ts';
import type { Resynced } from './resynced.ts';
import type { RoleSpan } from './role-spans.ts';
import { tenth } from './tenth.ts';
import { HUNDRED } from './warm-up.ts';

/** Times in milliseconds, to a tenth. */
export interface Recovery {
  /** All times without an acknowledgement since the fault together, of those that are longer than ten writes take. */
  readonly unavailableMs: number;
  /** After the fault, from when on 99 of each 100 writes were acknowledged; null: of none until the end. */
  readonly fullRateMs: number | null;
  /** After the fault, when the old master said that it is a replica; null: it stayed the master, or nobody asked. */
  readonly rejoinedMs: number | null;
  /** The longest time since the fault in which no server answered a read, to within `readsWithinMs`; null: nobody asked. */
  readonly readsOutMs: number | null;
  /** The same for replicas. */
  readonly replicaReadsOutMs: number | null;
  readonly readsWithinMs: number | null;
  /** How replicas got in step since the fault, by what the servers count themselves; null: nobody asked. */
  readonly resyncs: Resynced | null;
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
  readonly resyncs?: Resynced | undefined;
}

export function recoveryOf(observed: RecoveryInput, fault: FaultMoment): Recovery {
  const { history, ratePerS, oldPrimary, newPrimary, roles, reads, resyncs } = observed;
  const out = (by: ReadGap['by']): number | null =>
    reads === undefined ? null : tenth(longestSince(reads.gaps, by, fault.calledAt));
  return {
    unavailableMs: tenth(unavailable(history, fault, (GAP * 1000) / ratePerS)),
    fullRateMs: tenth(fullRateAfter(history, fault)),
    rejoinedMs: newPrimary === oldPrimary ? null : tenth(rejoinedAfter(roles?.spans ?? [], oldPrimary, fault)),
    readsOutMs: out('any'),
    replicaReadsOutMs: out('replica'),
    readsWithinMs: reads === undefined ? null : tenth(reads.withinMs),
    resyncs: resyncs ?? null,
  };
}

function unavailable(history: readonly WriteRecord[], fault: FaultMoment, gapMs: number): number {
  const acks = history.flatMap(({ outcome, completed }) => (outcome === 'acked' ? [completed] : []));
  acks.sort((a, b) => a - b);
  const end = history.reduce((latest, { completed }) => Math.max(latest, completed), fault.at);
  let sum = 0;
  let before = acks.findLast((at) => at <= fault.at) ?? fault.at;
  for (const at of [...acks.filter((one) => one > fault.at), end]) {
    if (at - before > gapMs) sum += at - before;
    before = at;
  }
  return sum;
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

function longestSince(gaps: readonly ReadGap[], by: ReadGap['by'], since: number): number {
  const widths = gaps
    .filter((gap) => gap.by === by && gap.to > since)
    .map(({ from, to }) => to - Math.max(from, since));
  return widths.reduce((longest, width) => Math.max(longest, width), 0);
}
