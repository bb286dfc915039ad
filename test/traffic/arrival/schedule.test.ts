import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Arrival, createSchedule } from '../../../src/traffic/arrival/schedule.ts';
import { type Point, type ShapeSpec, shapeOf, walkOf } from '../../../src/traffic/arrival/shape.ts';

function instants(count: number, ratePerS: number, arrival: Arrival, seed = 1): readonly number[] {
  const schedule = createSchedule(ratePerS, arrival, seed);
  return Array.from({ length: count }, () => schedule.next());
}

const constant = (shape?: ShapeSpec): Arrival => ({ process: 'constant', shape });

/** Events that are due before an instant. */
function dueBefore(ms: number, ratePerS: number, arrival: Arrival): number {
  const schedule = createSchedule(ratePerS, arrival, 1);
  let count = 0;
  while (schedule.next() < ms) count += 1;
  return count;
}

describe('an event is due', () => {
  test('at its own place in time, which no earlier event moves', () => {
    expect(instants(4, 400, constant())).toEqual([0, 2.5, 5, 7.5]);
    expect(instants(1_000_001, 3, constant()).at(-1)).toBe((1_000_000 * 1000) / 3);
  });

  test('at random as independent users come: the mean is the rate, and the gaps are exponential', () => {
    const found = instants(200_000, 1000, { process: 'poisson' });
    const gaps = found.slice(1).map((at, index) => at - (found[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    expect(mean).toBeCloseTo(1, 1);
    // Of an exponential distribution 36.8 % lie above the mean, and the deviation is the mean.
    expect(gaps.filter((gap) => gap > 1).length / gaps.length).toBeCloseTo(Math.exp(-1), 2);
    expect(Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)).toBeCloseTo(1, 1);
    expect(instants(100, 1000, { process: 'poisson' })).toEqual(found.slice(0, 100));
    expect(instants(100, 1000, { process: 'poisson' }, 2)).not.toEqual(found.slice(0, 100));
  });
});

describe('a shape', () => {
  test.each<[string, ShapeSpec, number, number]>([
    // The area under the factors, in seconds at factor 1, times 100/s.
    ['ramps up, and stays', { ramp: { from: 0, to: 2, over: 10_000 } }, 10_000, 1000],
    ['ramps up, and stays', { ramp: { from: 0, to: 2, over: 10_000 } }, 15_000, 2000],
    ['ramps down', { ramp: { from: 2, to: 0, over: 10_000 } }, 5000, 750],
    ['bursts at the end of each period', { bursts: { every: 10_000, for: 1000, times: 5 } }, 9000, 900],
    ['bursts at the end of each period', { bursts: { every: 10_000, for: 1000, times: 5 } }, 10_000, 1400],
    ['bursts at the end of each period', { bursts: { every: 10_000, for: 1000, times: 5 } }, 30_000, 4200],
    ['goes up and down in a period', { diurnal: { trough: 0.2, period: 20_000 } }, 20_000, 1200],
    ['goes up and down in a period', { diurnal: { trough: 0.2, period: 20_000 } }, 60_000, 3600],
    [
      'goes through points',
      {
        points: [
          { at: 0, factor: 1 },
          { at: 10_000, factor: 1 },
          { at: 20_000, factor: 3 },
        ],
      },
      20_000,
      3000,
    ],
    [
      'goes through points',
      {
        points: [
          { at: 0, factor: 1 },
          { at: 10_000, factor: 1 },
          { at: 20_000, factor: 3 },
        ],
      },
      21_000,
      3300,
    ],
    ['is one point', { points: [{ at: 0, factor: 2 }] }, 5000, 1000],
  ])('%s: %j, until %i ms', (_what, shape, ms, events) => {
    expect(Math.abs(dueBefore(ms, 100, constant(shape)) - events)).toBeLessThanOrEqual(1);
  });

  test('that ends at 0 has no more events', () => {
    expect(instants(52, 10, constant({ ramp: { from: 1, to: 0, over: 10_000 } })).slice(50)).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });

  test('that waits before it begins sends the first event then', () => {
    const shape: ShapeSpec = {
      points: [
        { at: 0, factor: 0 },
        { at: 5000, factor: 0 },
        { at: 5001, factor: 1 },
      ],
    };
    expect(instants(1, 100, constant(shape))[0]).toBeGreaterThanOrEqual(5000);
  });

  test('is walked through without a step back, and the area under it is what was asked for', () => {
    const factor = fc.integer({ min: 0, max: 1000 }).map((hundredths) => hundredths / 100);
    const pieces = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), factor), { minLength: 1, maxLength: 6 });
    const areas = fc.array(fc.double({ min: 0, max: 2000, noNaN: true }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(pieces, areas, (given, steps) => {
        const ends = given.map((_, index) => given.slice(0, index + 1).reduce((sum, [ms]) => sum + ms, 0));
        const points = [{ at: 0, factor: 1 }, ...given.map(([, factor], index) => ({ at: ends[index] ?? 0, factor }))];
        const timeOf = walkOf(shapeOf({ points }));
        let [area, before] = [0, 0];
        for (const step of steps) {
          area += step;
          const ms = timeOf(area);
          if (ms === Number.POSITIVE_INFINITY) return;
          // But for the last digit of the arithmetic.
          expect(ms).toBeGreaterThanOrEqual(before * (1 - 1e-12));
          expect(areaUntil(points, ms)).toBeCloseTo(area, 3);
          before = ms;
        }
      }),
    );
  });
});

/** By the trapezoids, which is another way than the one that is tested. */
function areaUntil(points: readonly Point[], ms: number): number {
  let area = 0;
  for (const [index, { at, factor: from }] of points.entries()) {
    const { at: end, factor: to } = points[index + 1] ?? { at: Number.POSITIVE_INFINITY, factor: from };
    if (ms <= at) break;
    const until = Math.min(ms, end);
    const factor = end === Number.POSITIVE_INFINITY ? from : from + ((to - from) * (until - at)) / (end - at);
    area += ((from + factor) / 2) * (until - at);
  }
  return area;
}
