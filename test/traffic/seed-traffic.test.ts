import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/lib/events.ts';
import { rateShortfall, trafficText } from '../../src/output/traffic.ts';
import { eventId } from '../../src/stack/contract/event-id.ts';
import type { TrafficCapability } from '../../src/stack/contract/traffic.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import { PROFILE, trafficStack } from './profiles.ts';
import { RUN_ID, seed, settings, shop } from './shop.ts';

const idOf = (sequence: number): string => eventId(RUN_ID, sequence);

test.concurrent('sends every event once, a few batches at a time, and verifies that they are there', async () => {
  const { capability, sent, closed, mostInFlight } = shop({ lateBy: 1 });
  expect(await seed(capability)).toMatchObject({
    profile: 'orders',
    seed: 7,
    run: '01020304-0506',
    epoch: '2026-01-01T00:00:00.000Z',
    asked: 95,
    acked: 95,
    rejected: 0,
    unknown: 0,
    stores: [{ store: 'shop', stored: 95, missing: 0, phantom: 0, duplicates: 0 }],
    verified: true,
  });
  expect(sent.map(({ sequence }) => sequence).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 95 }, (_, i) => i),
  );
  expect(mostInFlight()).toBe(2);
  expect(closed.toSorted()).toEqual(['sink', 'store']);
});

test.concurrent('events do not depend on how many go together or how fast', async () => {
  const bodies = async (batch: number, inFlight: number, ratePerS: number | undefined) => {
    const { capability, sent } = shop({});
    const stack = trafficStack(capability);
    const profile = readProfile({ text: PROFILE, file: 'orders.yaml', stack }).profile;
    await seed(capability, {
      profile: { ...profile, ...(profile.send && { send: { ...profile.send, batch, inFlight } }) },
      ratePerS,
      count: 40,
    });
    return sent.toSorted((a, b) => a.sequence - b.sequence);
  };
  const one = await bodies(1, 1, undefined);
  expect(await bodies(13, 5, undefined)).toEqual(one);
  expect(await bodies(100, 3, 2000)).toEqual(one);
});

test.concurrent('a rate that is not reached is told beside what was sent, as the service saw it', async () => {
  let nowMs = 0;
  const arrivals: number[] = [];
  const { capability } = shop({
    beforeSend: () => {
      arrivals.push(nowMs);
      nowMs += 10; // what the service takes for each batch
    },
  });
  const report = await seed(capability, { ratePerS: 100_000, count: 95, clock: { now: () => nowMs } });
  const [first = 0, last = 0] = [arrivals[0], arrivals.at(-1)];
  // Ten at a time: 90 events before the last batch.
  const seen = (90 * 1000) / (last - first);
  expect(report).toMatchObject({
    askedRatePerS: 100_000,
    askedRateReached: false,
    inFlight: 2,
    mostInFlight: 2,
    verified: true,
  });
  expect(report.sentRatePerS).toBeGreaterThan(seen * 0.8);
  expect(report.sentRatePerS).toBeLessThan(seen * 1.2);
  // How much of it, is up to the order in which the two loops get their turns.
  expect(report.allInFlightMs).toBeGreaterThan(0);
  expect(report.allInFlightMs).toBeLessThanOrEqual(report.durationMs);
  expect(rateShortfall(report)).toMatch(
    /^the rate of 100000\/s was not reached: \d+\/s were sent, \d.* % of it; for \d+ % of the/,
  );
  expect(trafficText(report)).toMatch(
    /\d\/s sent \(measured to within \d.*\/s\), 100000\/s asked for: not reached \(\d.* %\)/,
  );
});

test.concurrent('a rate is kept, not overtaken', async () => {
  const report = await seed(shop({}).capability, { ratePerS: 400, count: 95 });
  expect(report.askedRatePerS).toBe(400);
  // The last batch of ten is due 225 ms after the start, however late the first one was.
  expect(report.durationMs).toBeGreaterThan(200);
});

test.concurrent('what a server says of the settings is told with its place, all at once, before anything is sent', async () => {
  const { capability, sent, closed } = shop({});
  const wrong = (setting: string, message: string) => async () => [
    { path: [setting], part: 'value' as const, message },
  ];
  const { sink, store } = capability;
  if (sink === undefined || store === undefined) throw new Error('no shop');
  const strict = {
    sink: { ...sink, check: wrong('path', 'no such path') },
    store: { ...store, check: wrong('path', 'no such table') },
  };
  const stack = trafficStack(strict);
  const { profile, refuse } = readProfile({ text: PROFILE, file: 'orders.yaml', stack });
  const lineOf = (text: string) => PROFILE.slice(0, PROFILE.indexOf(text)).split('\n').length;
  const error = await seed(strict, { profile, refuse }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'E_PROFILE_INVALID', hint: expect.stringMatching(/^Nothing was sent/) });
  const { message } = error as Error;
  expect(message).toMatch(new RegExp(`orders\\.yaml:${lineOf('/orders')}:\\d+ send\\.settings\\.path: no such path`));
  expect(message).toMatch(/orders\.yaml:\d+:\d+ stores\.0\.settings(\.path)?: no such table/);
  expect({ sent, closed }).toEqual({ sent: [], closed: [] });
});

test.concurrent('finds what a service lost, doubled and stored although it refused it, by id', async () => {
  const { capability } = shop({
    outcome: ({ sequence }) => {
      if (sequence === 3) return { type: 'acked', stored: 0 };
      if (sequence === 5) return { type: 'acked', stored: 2 };
      if (sequence === 8) return { type: 'rejected', reason: 'HTTP 400', stored: 1 };
      if (sequence === 9) return { type: 'rejected', reason: 'HTTP 400', stored: 0 };
      if (sequence === 11) return { type: 'unknown', reason: 'connection reset', stored: 1 };
      return { type: 'acked' };
    },
  });
  expect(await seed(capability)).toMatchObject({
    asked: 95,
    acked: 92,
    rejected: 2,
    unknown: 1,
    verified: false,
    stores: [
      {
        missing: 1,
        missingIds: [idOf(3)],
        duplicates: 1,
        duplicateIds: [idOf(5)],
        phantom: 1,
        phantomIds: [idOf(8)],
        recovered: 1,
      },
    ],
    refusals: [
      { outcome: 'rejected', reason: 'HTTP 400', count: 2 },
      { outcome: 'unknown', reason: 'connection reset', count: 1 },
    ],
  });
});

test.concurrent('an interrupt ends the sending, and what is known by then is told', async () => {
  const abort = new AbortController();
  const { capability, sent } = shop({
    beforeSend: ([first]) => {
      if (first?.sequence === 40) abort.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
    },
  });
  const report = await seed(capability, { signal: abort.signal });
  expect(report).toMatchObject({ count: 95, interrupted: true, verified: false, stores: [{ missing: 0, phantom: 0 }] });
  expect(report.asked).toBe(sent.length);
  expect(report.asked).toBeGreaterThanOrEqual(50);
  expect(report.asked).toBeLessThan(95);
});

test.concurrent('that it stops is told at once, with what is waited for', async () => {
  const abort = new AbortController();
  const told: ProgressEvent[] = [];
  const stopping = () => told.find((event) => event.type === 'stopping');
  const { capability } = shop({
    beforeSend: async ([first]) => {
      if (first?.sequence === 20) abort.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
      // Answered only when it was told.
      if (first !== undefined && first.sequence >= 10)
        while (stopping() === undefined) await new Promise((resolve) => setImmediate(resolve));
    },
  });
  await seed(capability, { signal: abort.signal, emit: (event) => void told.push(event) });
  expect(stopping()).toEqual({
    ...{ type: 'stopping', text: 'stopping: 2 batches on the way, Ctrl-C again ends the program' },
    figures: { elapsedMs: expect.any(Number), inFlight: 2 },
  });
});

test.concurrent('a store that is no proof of this run is not asked, and the report says why', async () => {
  const { capability, sent, closed } = shop({});
  const stack = trafficStack(capability);
  const text = PROFILE.replace('settle: 200ms', 'proof: { events: 94 }');
  const profile = readProfile({ text, file: 'orders.yaml', stack }).profile;
  expect(await seed(capability, { profile })).toMatchObject({
    acked: 95,
    verified: false,
    reasons: ['store cannot verify this run: it keeps 94 events, and the run has 95'],
  });
  expect([sent.length, closed]).toEqual([95, ['sink']]);
});

test.concurrent('a store that may have forgotten the oldest events calls nothing missing', async () => {
  const { capability } = shop({ outcome: ({ sequence }) => ({ type: 'acked', stored: sequence === 0 ? 0 : 1 }) });
  const stack = trafficStack(capability);
  const text = PROFILE.replace('settle: 200ms', 'settle: 200ms\n    proof: { ageS: 60 }').replace(
    'every: 20ms',
    'within: 30s',
  );
  const profile = readProfile({ text, file: 'orders.yaml', stack }).profile;
  const after = (ms: number) => seed(capability, { profile, epochMs: 1_000_000, date: () => new Date(1_000_000 + ms) });
  expect((await after(29_999)).reasons).toEqual([`1 acknowledged and not in shop (${idOf(0)})`]);
  const other = shop({ outcome: ({ sequence }) => ({ type: 'acked', stored: sequence === 0 ? 0 : 1 }) });
  const late = seed(other.capability, { profile, epochMs: 1_000_000, date: () => new Date(1_030_000) });
  expect((await late).reasons).toEqual([
    'shop cannot verify this run: it forgets events that are older than 60 s, and 1 acknowledged ones are not there',
  ]);
});

test.concurrent('a store that says itself that it may have forgotten events calls nothing missing', async () => {
  const { capability } = shop({ outcome: ({ sequence }) => ({ type: 'acked', stored: sequence === 0 ? 0 : 1 }) });
  const open: NonNullable<TrafficCapability['store']>['open'] = async (...given) => {
    const store = await capability.store?.open(...given);
    if (store === undefined) throw new Error('no store');
    return { ...store, read: async (signal) => ({ ...(await store.read(signal)), forgets: 'it keeps 94 events' }) };
  };
  const { verdict, reasons } = await seed({ ...capability, store: { settings, open } });
  expect({ verdict, reasons }).toEqual({
    verdict: 'inconclusive',
    reasons: ['shop cannot verify this run: it keeps 94 events, and 1 acknowledged ones are not there'],
  });
});

test.concurrent('a store that cannot be opened stops the run before anything is sent', async () => {
  const { capability, sent } = shop({});
  const refusing: TrafficCapability = {
    ...capability,
    store: { settings, open: () => Promise.reject(new StackctlError('E_NOT_READY', 'connection refused')) },
  };
  await expect(seed(refusing)).rejects.toThrow('connection refused');
  expect(sent).toEqual([]);
});

test.concurrent('a share of the events is sent twice where the profile says so, and who stores one twice is found', async () => {
  const repeating = (stored: number) => {
    const known = new Set<number>();
    const { capability, sent } = shop({
      outcome: ({ sequence }) => {
        const isAgain = known.has(sequence);
        known.add(sequence);
        return { type: 'acked', stored: isAgain ? stored : 1 };
      },
    });
    const stack = trafficStack(capability);
    const text = PROFILE.replace('batch: 10', 'batch: 10\n  repeat: 0.2');
    const { profile } = readProfile({ text, file: 'orders.yaml', stack });
    return { capability, sent, profile };
  };
  const well = repeating(0);
  const report = await seed(well.capability, { profile: well.profile });
  expect(report).toMatchObject({ asked: 95, acked: 95, verified: true, stores: [{ duplicates: 0 }] });
  expect(report.repeated).toBeGreaterThan(8);
  expect(well.sent.length).toBe(95 + report.repeated);
  const badly = repeating(1);
  const found = await seed(badly.capability, { profile: badly.profile });
  expect(found).toMatchObject({
    verified: false,
    repeated: report.repeated,
    stores: [{ duplicates: report.repeated }],
  });
});

test('as many batches as may be wait for a service that is away, without a warning of Node.js', async () => {
  const warnings: Error[] = [];
  const noted = (warning: Error): void => void warnings.push(warning);
  process.on('warning', noted);
  const away = (sequence: number) => sequence < 40;
  const { capability } = shop({
    outcome: ({ sequence }) =>
      away(sequence) ? { type: 'rejected', reason: 'away', unreachable: true, stored: 0 } : { type: 'acked' },
  });
  const stack = trafficStack(capability);
  const text = PROFILE.replace('batch: 10', 'batch: 1').replace('inFlight: 2', 'inFlight: 32');
  const { profile } = readProfile({ text, file: 'orders.yaml', stack });
  expect(await seed(capability, { profile, count: 80 })).toMatchObject({ rejected: 40, mostInFlight: 32 });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', noted);
  expect(warnings).toEqual([]);
});
