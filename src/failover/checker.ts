import type { WriteRecord } from '../stack/contract/failover.ts';

/** Consecutive values that one instance acknowledged and that are gone. Both ends included. */
export interface LostRange {
  readonly from: number;
  readonly to: number;
  /** Name of the instance. */
  readonly node: string;
  /** When the first and the last of them were acknowledged, on the run's clock. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface CheckResult {
  readonly acked: number;
  readonly failed: number;
  readonly unknown: number;
  /** Acknowledged and absent at the end, ascending. */
  readonly lost: readonly number[];
  readonly lostRanges: readonly LostRange[];
  /** Outcome unknown and present at the end: applied after all. Fine. */
  readonly recovered: readonly number[];
  /** Present and never attempted. */
  readonly phantom: readonly number[];
  /** Present more than once, although every value is written once. */
  readonly duplicates: readonly number[];
  /** Refused, and present nevertheless: the refusal was a lie, or it was read wrongly. */
  readonly misclassified: readonly number[];
}

/**
 * Compares the answers that the writer got with what the primary holds. Exact: every value is judged, nothing is estimated.
 *
 * | outcome | present | absent |
 * |---|---|---|
 * | acked | fine | **lost** |
 * | unknown | recovered | fine |
 * | failed | **misclassified** | fine |
 * | never attempted | **phantom** | – |
 */
export function check(history: readonly WriteRecord[], finalValues: readonly number[]): CheckResult {
  const counts = countEach(finalValues);
  const outcome = (type: WriteRecord['outcome']) =>
    history.filter((record) => record.outcome === type).sort((a, b) => a.value - b.value);
  const present = (records: readonly WriteRecord[]) =>
    records.filter(({ value }) => counts.has(value)).map(({ value }) => value);
  const attempted = new Set(history.map(({ value }) => value));
  const acked = outcome('acked');
  const failed = outcome('failed');
  const unknown = outcome('unknown');
  const lost = acked.filter(({ value }) => !counts.has(value));
  return {
    acked: acked.length,
    failed: failed.length,
    unknown: unknown.length,
    lost: lost.map(({ value }) => value),
    lostRanges: toRanges(lost),
    recovered: present(unknown),
    phantom: ascending([...counts.keys()].filter((value) => !attempted.has(value))),
    duplicates: ascending([...counts].filter(([, count]) => count > 1).map(([value]) => value)),
    misclassified: present(failed),
  };
}

function countEach(values: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function toRanges(lost: readonly WriteRecord[]): readonly LostRange[] {
  const ranges: LostRange[] = [];
  for (const { value, node = '', completed } of lost) {
    const last = ranges.at(-1);
    if (last?.to === value - 1 && last.node === node) ranges[ranges.length - 1] = longer(last, value, completed);
    else ranges.push({ from: value, to: value, node, firstAt: completed, lastAt: completed });
  }
  return ranges;
}

/** Writes on the way at the same time may be acknowledged in another order. */
function longer(range: LostRange, to: number, at: number): LostRange {
  return { ...range, to, firstAt: Math.min(range.firstAt, at), lastAt: Math.max(range.lastAt, at) };
}

function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
