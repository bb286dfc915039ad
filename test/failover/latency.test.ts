import { expect, it } from 'vitest';
import { latencies } from '../../src/failover/latency.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';

const write = (value: number, took: number, outcome: WriteRecord['outcome'] = 'acked'): WriteRecord => {
  const intended = value * 10;
  return { value, intended, invoked: intended, completed: intended + took, outcome };
};

it('is taken from when a write was due, before the fault, until the longest gap is over, and after it', () => {
  const before = Array.from({ length: 100 }, (_, index) => write(index + 1, index === 50 ? 9 : 2));
  const during = [write(101, 400, 'unknown'), write(102, 1, 'failed'), write(103, 500)];
  const after = [write(200, 3), write(201, 4)];
  expect(latencies([...before, ...during, ...after], 1005)).toEqual([
    { phase: 'before', writes: 100, acked: 100, p50Ms: 2, p99Ms: 2, maxMs: 9 },
    { phase: 'during', writes: 3, acked: 1, p50Ms: 500, p99Ms: 500, maxMs: 500 },
    { phase: 'after', writes: 2, acked: 2, p50Ms: 3, p99Ms: 4, maxMs: 4 },
  ]);
});

it('has no figure where nothing was acknowledged', () => {
  const none = { acked: 0, p50Ms: null, p99Ms: null, maxMs: null };
  expect(latencies([write(1, 1, 'failed')], 100)).toEqual([
    { phase: 'before', writes: 1, ...none },
    { phase: 'during', writes: 0, ...none },
    { phase: 'after', writes: 0, ...none },
  ]);
});
