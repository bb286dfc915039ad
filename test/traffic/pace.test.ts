import { expect, test } from 'vitest';
import { createMeter } from '../../src/traffic/measure/meter.ts';
import { ratesOf } from '../../src/traffic/pace.ts';

const batch = (sequence: number, events: number, atMs: number, dueMs?: number) => ({ sequence, events, atMs, dueMs });

test.each([
  // 1000/s in batches of 20: event 980 is due after 980 ms.
  [batch(980, 20, 980, 980), 1000, [1000, 20.4, 100, true]],
  [batch(980, 20, 999, 980), 1000, [981, 20, 98.1, true]],
  [batch(980, 20, 1001, 980), 1000, [979, 20, 97.9, false]],
  [batch(900, 100, 427, 9), 100_000, [2108, 234, 2.11, false]],
  // A long run may be late by one of a hundred.
  [batch(60_000, 20, 60_500, 60_000), 1000, [992, 0.331, 99.2, true]],
  [batch(60_000, 20, 60_700, 60_000), 1000, [988, 0.329, 98.8, false]],
  [batch(60_000, 20, 60_001, 60_000), 1000, [1000, 0.333, 99.9, true]],
  // A timer may be early.
  [batch(2, 1, 3999.5, 4000), 0.5, [0.5, 0.25, 100, true]],
  // All were due at once: there is nothing to keep up with.
  [batch(5, 1, 3, 0), 1000, [1667, 333, null, null]],
  // As fast as they are acknowledged.
  [batch(900, 100, 100), undefined, [9000, 1000, null, null]],
  // One batch, or none: nothing to tell.
  [batch(0, 20, 0.1, 0), 1000, [null, null, null, null]],
  [undefined, 1000, [null, null, null, null]],
] as const)('%j, %j/s wanted', (last, wanted, [sent, resolution, achieved, reached]) => {
  expect(ratesOf(last, wanted)).toEqual({
    loop: wanted === undefined ? 'closed' : 'open',
    askedRatePerS: wanted ?? null,
    sentRatePerS: sent,
    sentRateResolutionPerS: resolution,
    achievedPercent: achieved,
    askedRateReached: reached,
  });
});

test('a meter knows when as many batches as may be were on their way', () => {
  const meter = createMeter(2);
  meter.sent(batch(0, 10, 0));
  meter.sent(batch(10, 10, 5));
  meter.answered(25);
  meter.sent(batch(30, 10, 40));
  meter.answered(50);
  meter.sent(batch(20, 10, 51)); // was taken before the other, and left after it
  meter.answered(60);
  meter.answered(61);
  expect(meter).toMatchObject({ last: { sequence: 30, atMs: 40 }, mostInFlight: 2, fullMs: 20 + 10 + 9, inFlight: 0 });
  expect(createMeter(1).last).toBeUndefined();
});
