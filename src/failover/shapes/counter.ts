import type { WriteRecord } from '../../stack/contract/failover.ts';

export interface Sum {
  /** Who was read. */
  readonly node: string;
  readonly sum: number;
}

/** More than these are not told one by one. */
const MOST_PHANTOMS = 1_000_000;

/**
 * The additions that are in the sum. Each answer is the sum that it made, and of the answers up to the last sum each belongs to
 * one addition that is still in it: where two writes got the same answer, one was taken back. It is that of another server than
 * the one that was read, else the earlier one. Sums that nobody was answered are those of writes without an answer; what is
 * left then was added by nobody who wrote here.
 * Exact for the number of lost ones as long as every write has an answer; writes without one may hide as many. Which of two it was
 * cannot be known when the master came back to an earlier server: then the number is right, and the other one is named.
 */
export function countedIn(history: readonly WriteRecord[], { node, sum }: Sum): readonly number[] {
  const bySum = new Map<number, WriteRecord>();
  for (const record of history) {
    const { answer } = record;
    if (record.outcome !== 'acked' || answer === undefined || answer > sum) continue;
    const before = bySum.get(answer);
    if (before === undefined || isBehind(before, record, node)) bySum.set(answer, record);
  }
  const counted = [...bySum.values()].map(({ value }) => value);
  const open = Math.max(0, sum - counted.length);
  const unknown = history.filter(({ outcome }) => outcome === 'unknown').map(({ value }) => value);
  const recovered = unknown.toSorted((a, b) => a - b).slice(0, open);
  const phantoms = Math.min(MOST_PHANTOMS, open - recovered.length);
  return [...counted, ...recovered, ...Array.from({ length: phantoms }, (_, index) => -1 - index)];
}

/** Whether `one` was taken back rather than `other`. */
function isBehind(one: WriteRecord, other: WriteRecord, node: string): boolean {
  if ((one.node === node) !== (other.node === node)) return other.node === node;
  return other.value > one.value;
}
