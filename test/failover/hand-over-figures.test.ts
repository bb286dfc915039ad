import { expect, test } from 'vitest';
import { handOverFigures } from '../../src/failover/hand-over-figures.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';

const STATS = { sent: 0, sentRatePerS: null, late: 0, eventLoopLagMaxMs: 1.23 };

function acked(value: number, completed: number, invoked = completed - 1): WriteRecord {
  return { value, intended: invoked, invoked, completed, outcome: 'acked', node: 'redis-1' };
}

const figures = (
  history: readonly WriteRecord[],
  values: readonly number[],
  begunAt: number,
  endedAt = history.at(-1)?.completed ?? 0,
) => handOverFigures({ history, values, begunAt, endedAt, ratePerS: 200, discoveryMs: 5, stats: STATS });

test('the gap is the longest one from the beginning on, whoever acknowledged', () => {
  const history = [acked(1, 0), acked(2, 50), acked(3, 55), acked(4, 85.04), acked(5, 90)];
  expect(figures(history, [1, 2, 3, 4, 5], 56)).toMatchObject({ gapMs: 30, lost: 0, acked: 5 });
  expect(figures(history, [1, 2, 3, 4, 5], 10)).toMatchObject({ gapMs: 50 });
});

test('a gap that is not over counts up to the end', () => {
  expect(figures([acked(1, 10), acked(2, 15)], [1, 2], 12, 500)).toMatchObject({ gapMs: 485 });
});

test('a writer that was held up itself says so in the resolution', () => {
  expect(figures([acked(1, 10), acked(2, 15), acked(3, 20)], [1, 2, 3], 12).resolutionMs).toBe(15);
  expect(figures([acked(1, 10), acked(2, 60), acked(3, 65)], [1, 2, 3], 12).resolutionMs).toBe(105);
});

test('what is lost, doubled, never written or refused and there is counted', () => {
  const refused: WriteRecord = { ...acked(3, 20), outcome: 'failed', error: 'READONLY' };
  const found = figures([acked(1, 10), acked(2, 15), refused, acked(4, 25)], [2, 2, 3, 9], 0);
  expect(found).toMatchObject({
    lost: 2,
    duplicates: 1,
    misclassified: 1,
    phantom: 1,
    failed: 1,
    eventLoopLagMaxMs: 1.2,
  });
  expect(found.lostRanges).toEqual([
    { from: 1, to: 1, node: 'redis-1' },
    { from: 4, to: 4, node: 'redis-1' },
  ]);
});
