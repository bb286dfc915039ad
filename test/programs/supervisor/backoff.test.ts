import { expect, it } from 'vitest';
import { backoffAfter, remainingMs, remainingOnRecordMs } from '../../../src/programs/supervisor/backoff.ts';

it('waits 0.5 s, then twice as long after each crash, at most 30 s', () => {
  const delays: number[] = [];
  for (let crashes = 0; crashes < 9; crashes++) delays.push(backoffAfter(crashes, 100).delayMs);
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect(backoffAfter(5000, 100).delayMs).toBe(30_000);
});

it('starts over after 10 s of a stable run', () => {
  expect(backoffAfter(6, 9999)).toEqual({ crashes: 7, delayMs: 30_000 });
  expect(backoffAfter(6, 10_000)).toEqual({ crashes: 1, delayMs: 500 });
});

it('never waits longer than that', () => {
  expect(remainingMs(1500, 1000)).toBe(500);
  expect(remainingMs(1000, 1500)).toBe(0);
  expect(remainingMs(86_400_000, 0)).toBe(30_000);
});

it('takes up a wait that is written down, for no longer than the whole of it, wherever the clock is', () => {
  // The third crash in a row: 2 s.
  expect(remainingOnRecordMs(10_000, 3, 9200)).toBe(800);
  expect(remainingOnRecordMs(10_000, 3, 10_500)).toBe(0);
  expect(remainingOnRecordMs(86_400_000, 3, 0)).toBe(2000);
  expect(remainingOnRecordMs(86_400_000, 0, 0)).toBe(500);
});
