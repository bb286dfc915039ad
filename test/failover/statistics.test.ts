import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, medianInterval, mostWithoutOne, percentile, shareInterval } from '../../src/failover/statistics.ts';

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => count - index);

describe('percentiles', () => {
  it('are values that were measured, the median of an even number lies between two', () => {
    expect([percentile(upTo(20), 0.95), percentile(upTo(19), 0.95), percentile([7], 0.95)]).toEqual([19, 19, 7]);
    expect([median(upTo(5)), median(upTo(6)), median([3])]).toEqual([3, 3.5, 3]);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('the interval of the median', () => {
  // Tables of order statistics: n, and the ranks of a two-sided 95 % interval.
  it.each([
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [10, 2, 9],
    [20, 6, 15],
    [30, 10, 21],
    [50, 18, 33],
    [100, 40, 61],
  ])('of %i values reaches from the %i. to the %i.', (count, low, high) => {
    expect(medianInterval(upTo(count))).toEqual({ low, high });
  });

  it.each([0, 1, 5])('of %i values is not known', (count) => {
    expect(medianInterval(upTo(count))).toBeUndefined();
  });

  it('has the median within', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 6, maxLength: 60 }), (all) => {
        const found = medianInterval(all);
        expect(found?.low).toBeLessThanOrEqual(median(all));
        expect(found?.high).toBeGreaterThanOrEqual(median(all));
      }),
    );
  });
});

describe('the interval of a share', () => {
  // From the tables of Clopper and Pearson; R: binom.test(k, n)$conf.int.
  it.each([
    [0, 10, 0, 0.3085],
    [1, 10, 0.0025, 0.445],
    [5, 10, 0.1871, 0.8129],
    [10, 10, 0.6915, 1],
    [0, 30, 0, 0.1157],
    [7, 20, 0.1539, 0.5922],
    [298, 300, 0.9761, 0.9992],
  ])('%i of %i', (count, total, low, high) => {
    const found = shareInterval(count, total);
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  it('of what was never seen comes close to the rule of three', () => {
    expect(mostWithoutOne(30)).toBeCloseTo(0.095, 3);
    expect(mostWithoutOne(299)).toBeCloseTo(0.00997, 5);
    expect(mostWithoutOne(10_000) * 10_000).toBeCloseTo(3, 2);
    expect(shareInterval(0, 100_000).high).toBeGreaterThan(0);
  });

  it('mirrors, has the share within, and narrows with more runs', () => {
    const runs = fc
      .integer({ min: 1, max: 200 })
      .chain((total) => fc.tuple(fc.integer({ min: 0, max: total }), fc.constant(total)));
    fc.assert(
      fc.property(runs, ([count, total]) => {
        const { low, high } = shareInterval(count, total);
        const mirrored = shareInterval(total - count, total);
        expect(mirrored.low).toBeCloseTo(1 - high, 9);
        expect(mirrored.high).toBeCloseTo(1 - low, 9);
        expect(low).toBeLessThanOrEqual(count / total);
        expect(high).toBeGreaterThanOrEqual(count / total);
        const more = shareInterval(4 * count, 4 * total);
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
      { numRuns: 50 },
    );
  });
});
