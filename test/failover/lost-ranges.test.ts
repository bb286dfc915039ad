import { expect, it } from 'vitest';
import { reportedRanges } from '../../src/failover/lost-ranges.ts';
import type { Timeline } from '../../src/failover/timeline.ts';

const fault = { calledAt: 990, at: 1000, withinMs: 1 };
const none: Timeline = {
  ...{ detectedMs: null, agreedMs: null, electedMs: null, promotedMs: null, switchedMs: null, firstWriteMs: null },
};
const phases = { ...none, detectedMs: 500, promotedMs: 900, switchedMs: 950 };

it.each([
  [1000, phases, 'before the fault'],
  [1400, phases, 'before it was detected'],
  [1600, phases, 'before a replica was promoted'],
  [1901, phases, 'after a replica was promoted'],
  [1951, { ...none, switchedMs: 950 }, 'after a replica was promoted'],
  [1400, none, 'before it was detected'],
])('what was acknowledged last at %i was so %#', (lastAt, timeline, phase) => {
  const [range] = reportedRanges([{ from: 7, to: 9, node: 'redis-1', firstAt: 1000.04, lastAt }], fault, timeline);
  expect(range).toEqual({ from: 7, to: 9, node: 'redis-1', firstMs: 0, lastMs: lastAt - 1000, phase });
});
