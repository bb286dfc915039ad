import { expect, test } from 'vitest';
import { createMeter } from '../../src/traffic/meter.ts';
import { ratesOf } from '../../src/traffic/pace.ts';

test.each([
  // 1000/s in batches of 20: event 980 is due after 980 ms.
  [{ sequence: 980, atMs: 980 }, 20, 1000, [1000, 20.4, true]],
  [{ sequence: 980, atMs: 999 }, 20, 1000, [981, 20, true]],
  [{ sequence: 980, atMs: 1001 }, 20, 1000, [979, 20, false]],
  [{ sequence: 900, atMs: 427 }, 100, 100_000, [2108, 234, false]],
  // A long run may be late by one of a hundred.
  [{ sequence: 60_000, atMs: 60_500 }, 20, 1000, [992, 0.331, true]],
  [{ sequence: 60_000, atMs: 60_700 }, 20, 1000, [988, 0.329, false]],
  [{ sequence: 2, atMs: 4000 }, 1, 0.5, [0.5, 0.25, true]],
  // As fast as they are acknowledged.
  [{ sequence: 900, atMs: 100 }, 100, undefined, [9000, 1000, null]],
  // One batch, or none: nothing to tell.
  [{ sequence: 0, atMs: 0.1 }, 20, 1000, [null, null, null]],
  [undefined, 20, 1000, [null, null, null]],
] as const)('%j in batches of %i, %j/s wanted', (last, size, wanted, [sent, resolution, reached]) => {
  expect(ratesOf(last, size, wanted)).toEqual({
    askedRatePerS: wanted ?? null,
    sentRatePerS: sent,
    sentRateResolutionPerS: resolution,
    askedRateReached: reached,
  });
});

test('a meter knows when as many batches as may be were on their way', () => {
  const meter = createMeter(2);
  meter.sent(0, 0);
  meter.sent(10, 5);
  meter.answered(25);
  meter.sent(30, 40);
  meter.answered(50);
  meter.sent(20, 51); // was taken before the other, and left after it
  meter.answered(60);
  meter.answered(61);
  expect(meter).toMatchObject({ last: { sequence: 30, atMs: 40 }, mostInFlight: 2, fullMs: 20 + 10 + 9 });
  expect(createMeter(1).last).toBeUndefined();
});
