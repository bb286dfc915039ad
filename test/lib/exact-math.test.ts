import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, ln, normalQuantile } from '../../src/lib/exact-math.ts';

const near = (value: number, other: number, within: number): void => {
  expect(Math.abs(value - other)).toBeLessThanOrEqual(within * Math.max(Math.abs(other), Number.MIN_VALUE / within));
};

describe('exact functions', () => {
  it('say what those of the engine say, to within a few of the last bits', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => near(exp(x), Math.exp(x), 3e-13)),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => near(ln(x), Math.log(x), 1e-14)),
      { numRuns: 2000 },
    );
  });

  it('are right at the ends', () => {
    expect([exp(0), exp(-800), exp(800), exp(Number.NaN)]).toEqual([1, 0, Number.POSITIVE_INFINITY, Number.NaN]);
    expect([ln(1), ln(0), ln(-1), ln(Number.POSITIVE_INFINITY)]).toEqual([
      0,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]);
    near(exp(1), Math.E, 1e-15);
  });

  // Quantiles as tables of the normal distribution have them.
  it.each([
    [0.5, 0],
    [0.841344746068543, 1],
    [0.99, 2.326347874040841],
    [0.999, 3.090232306167813],
    [0.01, -2.326347874040841],
    [1e-9, -5.997807015007773],
  ])('the normal quantile of %d is %d', (share, quantile) => {
    expect(Math.abs(normalQuantile(share) - quantile)).toBeLessThan(1e-8);
  });
});
