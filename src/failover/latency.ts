import type { WriteRecord } from '../stack/contract/failover.ts';
import { percentile } from './statistics.ts';
import { tenth } from './tenth.ts';

/**
 * How long acknowledged writes took, from when they were due: a stalled client cannot hide it by writing later. In
 * milliseconds, to a tenth; null where none was acknowledged.
 */
export interface LatencyRow {
  readonly phase: 'before' | 'during' | 'after';
  readonly writes: number;
  readonly acked: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** Before the fault; until the longest gap that it brought is over; and after that. Pure. */
export function latencies(history: readonly WriteRecord[], faultAt: number): readonly LatencyRow[] {
  const overAt = endOfLongestGap(history, faultAt);
  const phaseOf = ({ intended }: WriteRecord): LatencyRow['phase'] => {
    if (intended <= faultAt) return 'before';
    return intended <= overAt ? 'during' : 'after';
  };
  return (['before', 'during', 'after'] as const).map((phase) =>
    rowOf(
      phase,
      history.filter((record) => phaseOf(record) === phase),
    ),
  );
}

function rowOf(phase: LatencyRow['phase'], records: readonly WriteRecord[]): LatencyRow {
  const took = records
    .filter(({ outcome }) => outcome === 'acked')
    .map(({ completed, intended }) => completed - intended);
  const at = (share: number): number | null => (took.length === 0 ? null : tenth(percentile(took, share)));
  return { phase, writes: records.length, acked: took.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

function endOfLongestGap(history: readonly WriteRecord[], faultAt: number): number {
  const acks = history.filter(({ outcome }) => outcome === 'acked').map(({ completed }) => completed);
  const later = acks.filter((at) => at > faultAt).toSorted((a, b) => a - b);
  const [end] = later.reduce(
    ([widest, width, before], at) => (at - before > width ? [at, at - before, at] : [widest, width, at]),
    [faultAt, 0, faultAt] as readonly [number, number, number],
  );
  return end;
}
