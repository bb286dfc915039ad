import type { WorkloadStats, WriteRecord } from '../stack/contract/failover.ts';
import { check, type LostRange } from './checker.ts';
import { intervalOf } from './history.ts';
import { tenth } from './tenth.ts';

/** What a hand-over cost a client that writes meanwhile. Times in milliseconds, to a tenth. */
export interface HandOverFigures {
  /** The longest time between two acknowledged writes from the beginning of the hand-over on. */
  readonly gapMs: number;
  /** How much of it may be the writer's own: its schedule, and how often it looks for the master. */
  readonly resolutionMs: number;
  readonly ratePerS: number;
  readonly sent: number;
  readonly acked: number;
  readonly failed: number;
  readonly unknown: number;
  /** Acknowledged, and not there afterwards. */
  readonly lost: number;
  readonly lostRanges: readonly Pick<LostRange, 'from' | 'to' | 'node'>[];
  /** There without having been written, more than once, or although refused. */
  readonly phantom: number;
  readonly duplicates: number;
  readonly misclassified: number;
  readonly eventLoopLagMaxMs: number;
}

export interface FiguresInput {
  readonly history: readonly WriteRecord[];
  /** What the new primary holds. */
  readonly values: readonly number[];
  /** When the hand-over began, on the clock of the history. */
  readonly begunAt: number;
  /** When the last write had left: a gap that was not over by then counts up to here. */
  readonly endedAt: number;
  readonly ratePerS: number;
  readonly discoveryMs: number;
  readonly stats: WorkloadStats;
}

/** Pure. */
export function handOverFigures(input: FiguresInput): HandOverFigures {
  const { history, values, begunAt, endedAt, ratePerS, discoveryMs, stats } = input;
  const checked = check(history, values);
  const acks = history.filter(({ outcome }) => outcome === 'acked').map(({ completed }) => completed);
  const sent = history.map(({ invoked }) => invoked);
  return {
    gapMs: tenth(longestGap([...acks, endedAt], begunAt)),
    // Twice what lay between two writes at worst: one may have been due right after the gap began, and right after it ended.
    resolutionMs: tenth(2 * Math.max(intervalOf(ratePerS), longestGap(sent, begunAt)) + discoveryMs),
    ratePerS,
    sent: stats.sent,
    acked: checked.acked,
    failed: checked.failed,
    unknown: checked.unknown,
    lost: checked.lost.length,
    lostRanges: checked.lostRanges.map(({ from, to, node }) => ({ from, to, node })),
    phantom: checked.phantom.length,
    duplicates: checked.duplicates.length,
    misclassified: checked.misclassified.length,
    eventLoopLagMaxMs: tenth(stats.eventLoopLagMaxMs),
  };
}

/** From the last moment before `since` on. */
function longestGap(moments: readonly number[], since: number): number {
  const sorted = moments.toSorted((a, b) => a - b);
  return sorted.reduce((longest, at, index) => {
    const before = sorted[index - 1];
    return before === undefined || at < since ? longest : Math.max(longest, at - before);
  }, 0);
}
