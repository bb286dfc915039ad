import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isoOf } from '../../src/traffic/iso-time.ts';

it('is what a Date says, from the year 0 to 9999', () => {
  const [first, last] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), (ms) => {
      expect(isoOf(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 2000 },
  );
});

it('refuses what is no time', () => {
  expect(() => isoOf(9e15)).toThrow(RangeError);
});
