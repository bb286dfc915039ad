import { expect, test } from 'vitest';
import {
  percentile,
  topByErrors,
  topByLatency,
} from '../../../templates/event-tracking/services/backend/src/analytics.ts';
import type { TrackedEvent } from '../../../templates/event-tracking/services/backend/src/event.ts';

const event = (tenantId: string, more: Partial<TrackedEvent> = {}): TrackedEvent => ({
  eventId: 'id',
  tenantId,
  method: 'GET',
  path: '/',
  status: 200,
  latencyMs: 1,
  timestamp: '2026-01-01T00:00:00.000Z',
  ...more,
});

test('percentiles are values that were measured: nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([50, 95, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 95, 99, 100]);
  expect([1, 50, 95].map((percent) => percentile([7], percent))).toEqual([7, 7, 7]);
  expect([50, 51].map((percent) => percentile([1, 2], percent))).toEqual([1, 2]);
  expect(() => percentile([], 50)).toThrow(RangeError);
});

test('errors: by status and by what was noted, most first, then the higher rate, then the name', () => {
  const events = [
    ...[200, 404, 500].map((status) => event('b', { status })),
    ...[200, 503].map((status) => event('a', { status })),
    event('c', { error: 'it broke' }),
    event('d'),
  ];
  expect(topByErrors(events, 3)).toEqual([
    { tenantId: 'b', count: 3, errors: 2, errorRate: 2 / 3 },
    { tenantId: 'c', count: 1, errors: 1, errorRate: 1 },
    { tenantId: 'a', count: 2, errors: 1, errorRate: 0.5 },
  ]);
});

test('latency: slowest 95th percentile first', () => {
  const events = [
    ...[1, 2, 3, 1000].map((latencyMs) => event('spiky', { latencyMs })),
    ...[20, 10].map((latencyMs) => event('slow', { latencyMs })),
    ...[0.1, 0.2, 0.2].map((latencyMs) => event('fast', { latencyMs })),
  ];
  expect(topByLatency(events, 10)).toEqual([
    { tenantId: 'spiky', count: 4, p50: 2, p95: 1000, p99: 1000, avg: 251.5 },
    { tenantId: 'slow', count: 2, p50: 10, p95: 20, p99: 20, avg: 15 },
    { tenantId: 'fast', count: 3, p50: 0.2, p95: 0.2, p99: 0.2, avg: 0.167 },
  ]);
  expect(topByLatency([], 10)).toEqual([]);
});
