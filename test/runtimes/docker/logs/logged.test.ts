import { expect, test } from 'vitest';
import { beginOf } from '../../../../src/runtimes/docker/logs/logged.ts';

const NEVER = '0001-01-01T00:00:00Z';
const RUNS = { Running: true, Restarting: false };
const at = (seconds: number): string => new Date(1_700_000_000_000 + seconds * 1000).toISOString();
/** Seconds behind the start of the run before. */
const begin = (StartedAt: string, FinishedAt: string, state = RUNS): number | undefined => {
  const since = beginOf({ StartedAt, FinishedAt, ...state });
  return since === undefined ? undefined : Math.round((Number(since) - 1_700_000_000) * 1000) / 1000;
};

test('the first run has all lines', () => {
  expect(beginOf({ StartedAt: at(1), FinishedAt: NEVER, ...RUNS })).toBe('0');
});

test('what a run before had printed may be noted up to just before this one starts', () => {
  expect(begin(at(10), at(5))).toBe(9.9);
  expect(begin(at(10), at(9))).toBe(9.9);
});

test('runs that follow each other at once are parted in the middle', () => {
  expect(begin(at(10), at(9.9))).toBe(9.95);
});

test('a run that is over has no lines that count', () => {
  expect(begin(at(5), at(10), { Running: true, Restarting: true })).toBeUndefined();
  expect(begin(at(5), at(10), { Running: false, Restarting: false })).toBeUndefined();
});

test('where the clock was put back, nothing is left out', () => {
  expect(beginOf({ StartedAt: at(5), FinishedAt: at(10), ...RUNS })).toBe('0');
});
