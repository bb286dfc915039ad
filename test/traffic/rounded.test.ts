import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exp, normalQuantile } from '../../src/lib/exact-math.ts';
import { roundedOf } from '../../src/traffic/rounded.ts';

const PLACES = fc.oneof(
  fc.double({ min: 2 ** -54, max: 1 - 2 ** -53, noNaN: true }),
  // At the borders of parts, and where the quantile goes from one approximation to another.
  fc.record({ part: fc.nat(8191), side: fc.constantFrom(-1, 0, 1) }).map(({ part, side }) => {
    const at = part / 8192 + side * 2 ** -53;
    return Math.min(1 - 2 ** -53, Math.max(2 ** -54, at));
  }),
  fc.constantFrom(0.02425, 1 - 0.02425, 0.02425 + 2 ** -53, 0.5),
);

test('a table of a distribution gives what computing gives, asked in any order', () => {
  fc.assert(
    fc.property(
      fc.record({
        median: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        sigma: fc.double({ min: 0, max: 5, noNaN: true }),
        places: fc.array(PLACES, { minLength: 1, maxLength: 60 }),
      }),
      ({ median, sigma, places }) => {
        const of = (at: number): number => median * exp(sigma * normalQuantile(at));
        const rounded = roundedOf((at) => of(Math.max(at, 2 ** -54)), 1e-7 * (1 + sigma));
        for (const at of [...places, ...places.toReversed()]) expect(rounded(at)).toBe(Math.round(of(at)));
      },
    ),
    { numRuns: 200 },
  );
});

test('a value that is asked for again is not computed again, where a part has but one', () => {
  let computed = 0;
  const rounded = roundedOf((at) => {
    computed += 1;
    return 10 * at;
  }, 0);
  expect([rounded(0.31), rounded(0.31), computed]).toEqual([3, 3, 2]);
  // 0.25 lies between two values.
  expect([rounded(0.25), rounded(0.25 + 1e-5), rounded(0.25 - 1e-5)]).toEqual([3, 3, 2]);
});
