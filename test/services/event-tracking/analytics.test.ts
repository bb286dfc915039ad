import { expect, test } from 'vitest';
import {
  type Counted,
  EventIndex,
} from '../../../templates/event-tracking/services/backend/src/figures/event-index.ts';
import { breathing, inTurns } from '../../../templates/event-tracking/services/backend/src/figures/turns.ts';
import { figuresByHand } from '../../support/figures-by-hand.ts';
import { openRandom } from '../../support/random.ts';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const ALL = 100_000;

const event = (tenantId: string, more: Partial<Counted> = {}): Counted => ({
  ...{ tenantId, time: NOW, latencyMs: 1, failed: false },
  ...more,
});

function indexOf(events: readonly Counted[]): EventIndex {
  const index = new EventIndex();
  for (const one of events) index.add(one);
  return index;
}

test('percentiles are values that were measured: nearest rank', async () => {
  const latencies = async (values: readonly number[]) => {
    const [tenant] = await indexOf(values.map((latencyMs) => event('a', { latencyMs }))).topByLatency(0, 1);
    return [tenant?.p50, tenant?.p95, tenant?.p99];
  };
  expect(await latencies(Array.from({ length: 100 }, (_, at) => at + 1))).toEqual([50, 95, 99]);
  expect(await latencies([7])).toEqual([7, 7, 7]);
  expect(await latencies([2, 1])).toEqual([1, 2, 2]);
});

test('errors: most first, then the higher rate, then the name', async () => {
  const events = [
    ...[false, true, true].map((failed) => event('b', { failed })),
    ...[false, true].map((failed) => event('a', { failed })),
    event('c', { failed: true }),
    event('d'),
  ];
  expect(await indexOf(events).topByErrors(0, 3)).toEqual([
    { tenantId: 'b', count: 3, errors: 2, errorRate: 2 / 3 },
    { tenantId: 'c', count: 1, errors: 1, errorRate: 1 },
    { tenantId: 'a', count: 2, errors: 1, errorRate: 0.5 },
  ]);
});

test('latency: slowest 95th percentile first', async () => {
  const events = [
    ...[1, 2, 3, 1000].map((latencyMs) => event('spiky', { latencyMs })),
    ...[20, 10].map((latencyMs) => event('slow', { latencyMs })),
    ...[0.1, 0.2, 0.2].map((latencyMs) => event('fast', { latencyMs })),
  ];
  expect(await indexOf(events).topByLatency(0, 10)).toEqual([
    { tenantId: 'spiky', count: 4, p50: 2, p95: 1000, p99: 1000, avg: 251.5 },
    { tenantId: 'slow', count: 2, p50: 10, p95: 20, p99: 20, avg: 15 },
    { tenantId: 'fast', count: 3, p50: 0.2, p95: 0.2, p99: 0.2, avg: 0.167 },
  ]);
  expect(await new EventIndex().topByLatency(0, 10)).toEqual([]);
});

test('an event that comes late, after a figure was asked for', async () => {
  const index = indexOf([event('a', { time: 10, latencyMs: 1 }), event('a', { time: 20, latencyMs: 3 })]);
  const figures = async (from: number) => (await index.topByLatency(from, 1)).map(({ count, avg }) => ({ count, avg }));
  expect(await figures(0)).toEqual([{ count: 2, avg: 2 }]);
  index.add(event('a', { time: 5, latencyMs: 8 }));
  expect(await figures(6)).toEqual([{ count: 2, avg: 2 }]);
  expect(await figures(0)).toEqual([{ count: 3, avg: 4 }]);
});

/** How the events of a test are: what is rare elsewhere is the rule in one of them. */
const SHAPES: Readonly<Record<string, (draw: (from: number, to: number) => number, at: number) => Partial<Counted>>> = {
  'in any order': (draw) => ({ time: NOW + draw(0, 50_000), latencyMs: draw(0, 500_000) / 1000 }),
  'one after the other': (draw, at) => ({ time: NOW + at, latencyMs: draw(1, 30) }),
  'of one latency': (draw) => ({ time: NOW + draw(0, 5000), latencyMs: 12 }),
  'of one instant': (draw) => ({ latencyMs: draw(0, 3) }),
  'all alike': () => ({}),
};

test.each(Object.keys(SHAPES))(
  'any window of events %s, with some taken out again, is as counted one by one',
  async (shape) => {
    const draw = openRandom(`figures of events ${shape}`);
    const index = new EventIndex();
    let events: Counted[] = [];
    const compare = async (): Promise<void> => {
      const times = events.map(({ time }) => time);
      const middle = times[times.length >> 1] ?? 0;
      const edges = [Math.min(...times), Math.max(...times), middle];
      for (const from of [0, ...edges.flatMap((edge) => [edge, edge + 1, edge - 1])]) {
        const { errors, latency } = figuresByHand(events, from);
        expect(await index.topByErrors(from, ALL), `errors from ${from}`).toEqual(errors);
        expect(await index.topByLatency(from, ALL), `latency from ${from}`).toEqual(latency);
      }
    };
    for (let at = 0; at < 6000; at += 1) {
      const one = event(`t${draw(0, 2)}`, { failed: draw(0, 9) === 0, ...SHAPES[shape]?.(draw, at) });
      events.push(one);
      index.add(one);
      if (at % 7 === 0) index.remove(events.splice(draw(0, events.length - 1), 1)[0] ?? one);
      if (at === 3000) await compare();
    }
    await compare();
    expect(index.size).toBe(events.length);
    const limit = NOW + 2000;
    await index.forget(limit);
    events = events.filter(({ time }) => time >= limit);
    await compare();
    expect(index.size).toBe(events.length);
  },
);

test('a figure does not look at each event', async () => {
  const draw = openRandom('a figure of many events');
  const events = Array.from({ length: 100_000 }, (_, at) =>
    event('a', { time: NOW + at, latencyMs: draw(0, 1_000_000) / 1000 }),
  );
  const index = indexOf(events);
  const times: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const begin = performance.now();
    await index.topByLatency(NOW + 50_000, 1);
    times.push(performance.now() - begin);
  }
  const begin = performance.now();
  events.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  // To sort them takes some fifty times as long. The quickest one is the one that nothing has disturbed.
  expect(Math.min(...times) * 5).toBeLessThan(performance.now() - begin);
});

test('long work lets others have the event loop, and the next piece waits for its end', async () => {
  const turns = inTurns();
  const order: string[] = [];
  const long = turns(async () => {
    const breath = breathing();
    const end = performance.now() + 30;
    while (performance.now() < end) await breath();
    order.push('long');
  });
  const next = turns(() => order.push('next'));
  setTimeout(() => order.push('timer'), 1);
  await Promise.all([long, next]);
  expect(order).toEqual(['timer', 'long', 'next']);
  await expect(turns(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await turns(() => 'goes on')).toBe('goes on');
});
