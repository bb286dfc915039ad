import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { trafficText } from '../../src/output/traffic.ts';
import { eventId } from '../../src/stack/contract/event-id.ts';
import type { SendOutcome, TrafficSink } from '../../src/stack/contract/traffic.ts';
import type { TrafficEvent } from '../../src/stack/contract/traffic-event.ts';
import { retrying } from '../../src/traffic/retry.ts';
import { seed, shop } from './shop.ts';

const ACKED: SendOutcome = { type: 'acked' };
const OPEN: SendOutcome = { type: 'unknown', reason: 'connection reset' };
const AWAY: SendOutcome = { type: 'rejected', reason: 'connection refused', unreachable: true };
const NO: SendOutcome = { type: 'rejected', reason: 'HTTP 400' };

const EVENTS: readonly TrafficEvent[] = [0, 1, 2].map((sequence) => ({
  sequence,
  id: eventId('a1b2c3d4-e5f6', sequence),
  body: {},
}));

interface Told {
  readonly attempts: readonly (readonly number[])[];
  readonly pauses: readonly number[];
  readonly outcomes: readonly SendOutcome[];
  readonly retries: number;
}

/** @param answers of each attempt, for the events that it sends; the last one stands for those after it. */
async function told(
  answers: readonly (readonly SendOutcome[])[],
  { limitMs = 30_000, takesMs = 0, stopAt = Number.POSITIVE_INFINITY } = {},
): Promise<Told> {
  let nowMs = 0;
  const attempts: number[][] = [];
  const pauses: number[] = [];
  const stop = new AbortController();
  const sink: TrafficSink = {
    send: async (events) => {
      attempts.push(events.map(({ sequence }) => sequence));
      nowMs += takesMs;
      if (attempts.length === stopAt) stop.abort();
      return answers[Math.min(attempts.length, answers.length) - 1] ?? [];
    },
    close: async () => undefined,
  };
  const pause = async (ms: number): Promise<void> => {
    pauses.push(ms);
    nowMs += ms;
  };
  const retry = retrying({ sink, seed: 1, limitMs, clock: { now: () => nowMs }, stop: stop.signal, pause });
  const outcomes = await retry.send(EVENTS);
  return { attempts, pauses, outcomes, retries: retry.retries };
}

test('sends again what is open or may pass, and nothing else', async () => {
  const { attempts, outcomes, retries } = await told([[OPEN, NO, AWAY], [ACKED, OPEN], [ACKED]]);
  expect(attempts).toEqual([[0, 1, 2], [0, 2], [2]]);
  expect(outcomes).toEqual([ACKED, NO, ACKED]);
  expect(retries).toBe(3);
});

test('what one attempt may have stored is never refused, and is not sent again after a refusal for good', async () => {
  const { attempts, outcomes } = await told([[OPEN, OPEN, ACKED], [NO, AWAY], [ACKED]]);
  expect(attempts).toEqual([[0, 1, 2], [0, 1], [1]]);
  expect(outcomes).toEqual([OPEN, ACKED, ACKED]);
  const given = await told(
    [
      [OPEN, AWAY, ACKED],
      [AWAY, AWAY],
    ],
    { limitMs: 1000 },
  );
  expect(given.outcomes).toEqual([OPEN, AWAY, ACKED]);
  // Refused, then open: it may be stored by the later one.
  const later = await told([[AWAY, ACKED, ACKED], [OPEN], [AWAY]], { limitMs: 1000 });
  expect(later.outcomes).toEqual([OPEN, ACKED, ACKED]);
});

test('waits longer and longer, up to a limit, and ends in time', async () => {
  const { pauses, attempts } = await told([[OPEN, OPEN, OPEN]], { limitMs: 10_000, takesMs: 100 });
  for (const [index, ms] of pauses.entries()) {
    const longest = Math.min(2000, 50 * 2 ** index);
    expect(ms).toBeGreaterThanOrEqual(longest / 2);
    expect(ms).toBeLessThan(longest);
  }
  expect(new Set(pauses.map((ms, index) => ms / Math.min(2000, 50 * 2 ** index))).size).toBe(pauses.length);
  const spent = pauses.reduce((sum, ms) => sum + ms, 0) + 100 * (attempts.length - 1);
  expect(spent).toBeLessThan(10_000);
  expect(spent).toBeGreaterThan(7000);
});

test('sends nothing again after a stop', async () => {
  expect(await told([[OPEN, ACKED, ACKED]], { stopAt: 2 })).toMatchObject({ attempts: [[0, 1, 2], [0]], retries: 1 });
});

test.each([undefined, 2000])(
  'a run with it, at a rate of %s, counts what was sent again, and times go on until the acknowledgement',
  async (ratePerS) => {
    const seen = new Set<number>();
    const failing = () =>
      shop({
        outcome: ({ sequence }) => {
          if (seen.has(sequence) || sequence % 10 !== 3) return ACKED;
          seen.add(sequence);
          return { ...OPEN, stored: 0 };
        },
      }).capability;
    const { sink, store } = failing();
    if (sink === undefined || store === undefined) throw new Error('no shop');
    const runs: unknown[] = [];
    const repeatable: NonNullable<typeof sink.repeatable> = async (_input, _settings, run) => {
      runs.push([run.repeats, run.fields, run.idFields]);
      return true;
    };
    const report = await seed({ sink: { ...sink, repeatable }, store }, { retry: true, ratePerS });
    expect(runs).toEqual([[true, expect.arrayContaining(['id']), ['id']]]);
    expect(report).toMatchObject({ asked: 95, acked: 95, unknown: 0, retries: 10, verified: true, refusals: [] });
    // The shortest first pause is 25 ms.
    expect(report.responseMs?.max).toBeGreaterThanOrEqual(25);
    expect(trafficText(report)).toContain('10 repetitions of events that were not acknowledged (--retry)');

    seen.clear();
    const once = await seed(failing());
    expect(once).toMatchObject({ asked: 95, acked: 85, unknown: 10, retries: 0 });
  },
);

test('is refused before anything is sent where a repetition could be stored twice, with the reason and what to do', async () => {
  const { capability, sent, closed } = shop({});
  const { sink } = capability;
  if (sink === undefined) throw new Error('no shop');
  await expect(seed(capability, { retry: true })).rejects.toMatchObject({
    code: 'E_USAGE',
    message: expect.stringContaining('a service of kind api does not say that it knows a repetition'),
  });
  const refusing = { ...sink, repeatable: async () => ({ why: 'it counts', next: 'Count less.' }) };
  await expect(seed({ ...capability, sink: refusing }, { retry: true })).rejects.toMatchObject({
    code: 'E_USAGE',
    message: '--retry could store events of orders twice in api: it counts',
    hint: 'Nothing was sent. Count less.',
  });
  const silent = { ...sink, repeatable: () => Promise.reject(new Error('reset')) };
  const error = await seed({ ...capability, sink: silent }, { retry: true }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(StackctlError);
  expect(error).toMatchObject({
    code: 'E_NOT_READY',
    message: expect.stringMatching(/^api cannot be asked .*: reset$/),
  });
  expect(sent).toEqual([]);
  expect(closed).toHaveLength(6);
});
