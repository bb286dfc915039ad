import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decision, decide } from '../../../templates/email-timing/services/inference/src/decide.ts';
import { HOURS_PER_WEEK, PRIOR } from '../../../templates/email-timing/services/inference/src/prior.ts';
import {
  type History,
  hourOfWeek,
  priorShare,
  scoresOf,
  sum,
} from '../../../templates/email-timing/services/inference/src/score.ts';

const HOUR_MS = 3_600_000;
/** A Wednesday. */
const NOW = new Date('2026-01-07T12:34:56.000Z');

function history(opens: Readonly<Record<number, number>>, clicks: Readonly<Record<number, number>> = {}): History {
  const counts = (by: Readonly<Record<number, number>>) => PRIOR.map((_, hour) => by[hour] ?? 0);
  return { opens: counts(opens), clicks: counts(clicks) };
}

const NOBODY = history({});
const asked = (of: History, latencySeconds = 0, now = NOW): Decision =>
  decide({ universalId: 'sf_test', latencySeconds, now, history: of });

describe('scores', () => {
  test('of a stranger are the prior', () => {
    const scores = scoresOf(NOBODY);
    for (const [hour, share] of PRIOR.entries()) expect(scores[hour]).toBeCloseTo(share, 12);
    expect(priorShare(NOBODY)).toBe(1);
  });

  test('add up to 1 and are never nothing, whatever was seen', () => {
    const counts = fc.array(fc.nat(1000), { minLength: HOURS_PER_WEEK, maxLength: HOURS_PER_WEEK });
    fc.assert(
      fc.property(counts, counts, (opens, clicks) => {
        const scores = scoresOf({ opens, clicks });
        expect(sum(scores)).toBeCloseTo(1, 9);
        expect(Math.min(...scores)).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });

  test('never fall in an hour in which more was seen', () => {
    fc.assert(
      fc.property(fc.nat(HOURS_PER_WEEK - 1), fc.integer({ min: 0, max: 50 }), (hour, count) => {
        const before = scoresOf(history({ 3: 5, [hour]: count }))[hour] ?? 0;
        expect(scoresOf(history({ 3: 5, [hour]: count + 1 }))[hour] ?? 0).toBeGreaterThan(before);
      }),
    );
  });

  test('carry the hour of the day over to days on which nothing was seen', () => {
    const evenings = scoresOf(history({ 20: 4, 44: 4, 68: 4 }));
    expect(evenings[92]).toBeGreaterThan((PRIOR[92] ?? 0) * 2);
  });

  test('trust a click more than an open', () => {
    expect(scoresOf(history({}, { 5: 3 }))[5]).toBeGreaterThan(scoresOf(history({ 5: 3 }))[5] ?? 1);
  });
});

describe('a decision', () => {
  test('for opposite histories is opposite hours', () => {
    const owl = asked(history({ 23: 6, 47: 6, 71: 6 }));
    const bird = asked(history({ 6: 6, 30: 6, 54: 6 }));
    expect(new Date(owl.send_at).getUTCHours()).toBe(23);
    expect(new Date(bird.send_at).getUTCHours()).toBe(6);
  });

  test('for a stranger is the best hour of the prior', () => {
    const { features, score } = asked(NOBODY);
    expect(PRIOR[features.hour_of_week]).toBe(Math.max(...PRIOR));
    expect(score).toBeCloseTo(Math.max(...PRIOR), 6);
    expect(features).toMatchObject({ opens: 0, clicks: 0, prior_share: 1 });
  });

  test('is earlier by the latency, never in the past, within a week, and arrives in its hour', () => {
    const seconds = fc.integer({ min: 0, max: 604_800 });
    const hours = fc.nat(HOURS_PER_WEEK - 1);
    fc.assert(
      fc.property(seconds, hours, fc.nat(1e9), (latency, hour, later) => {
        const now = new Date(NOW.getTime() + later);
        const { send_at, features } = asked(history({ [hour]: 40 }), latency, now);
        const sentAt = Date.parse(send_at);
        expect(Date.parse(features.arrives_at) - sentAt).toBe(latency * 1000);
        expect(sentAt).toBeGreaterThanOrEqual(now.getTime());
        expect(sentAt).toBeLessThan(now.getTime() + HOURS_PER_WEEK * HOUR_MS);
        expect(hourOfWeek(new Date(features.arrives_at))).toBe(hour);
        expect(features.hour_of_week).toBe(hour);
      }),
    );
  });

  test('is to send at once in the best hour', () => {
    expect(asked(history({ [hourOfWeek(NOW)]: 40 })).send_at).toBe(NOW.toISOString());
  });

  test('is the same for the same question', () => {
    const of = history({ 9: 3, 100: 2 }, { 12: 1 });
    expect(asked(of, 15)).toEqual(asked(of, 15));
  });
});
