import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeReachMs } from '../../src/traffic/time-reach.ts';
import { drawn, drawsAt, profileOf } from './drawn.ts';

const EPOCH_MS = Date.UTC(2026, 0, 1, 15, 30);
const DAY_MS = 86_400_000;

describe('a time beside another one', () => {
  const DRAW = `
  message: { integer: { min: 1, max: 500 } }
  waitS: { stable: { of: message, draw: { number: { min: 0.5, max: 90, decimals: 1 } } } }
  moreS: { stable: { of: message, draw: { integer: { min: 1, max: 5 } } } }
  readAt: { stable: { of: message, draw: { time: { within: 1d } } } }
  sentAt: { time: { before: readAt, by: [waitS, moreS] } }
  clickedAt: { time: { after: readAt, by: [moreS] } }
  ms: { stable: { of: message, draw: { time: { within: 1d, format: milliseconds } } } }
  laterMs: { time: { after: ms, by: [moreS], format: milliseconds } }`;
  const NAMES = ['message', 'waitS', 'moreS', 'readAt', 'sentAt', 'clickedAt', 'ms', 'laterMs'];

  test('lies exactly so many seconds before or after it, in either form', () => {
    for (const event of drawn(DRAW, 2000, NAMES, { epochMs: EPOCH_MS })) {
      const { waitS, moreS, ms, laterMs } = event as Record<string, number>;
      const [readAt = 0, sentAt, clickedAt] = [event.readAt, event.sentAt, event.clickedAt].map((at) =>
        Date.parse(String(at)),
      );
      expect(sentAt).toBe(readAt - (Number(waitS) + Number(moreS)) * 1000);
      expect(clickedAt).toBe(readAt + Number(moreS) * 1000);
      expect(laterMs).toBe(Number(ms) + Number(moreS) * 1000);
    }
  });

  test('is none where the other is none, and no seconds are 0', () => {
    const draw = `
  kind: { weighted: { a: 1, b: 1 } }
  at: { case: { of: kind, when: { a: { time: { within: 1h, format: milliseconds } } } } }
  waitS: { case: { of: kind, when: { b: { integer: { min: 5, max: 5 } } } } }
  next: { time: { after: at, by: [waitS], format: milliseconds } }`;
    const found = drawn(draw, 300, ['kind', 'at', 'next']);
    expect(found.every(({ kind, at, next }) => (kind === 'a' ? next === at : next === undefined))).toBe(true);
  });

  test.each([
    ['  a: { time: { within: 1h } }', 3_600_000],
    ['  a: { time: { within: 1h, late: { share: 0.1, upTo: 5m } } }', 3_900_000],
    [
      '  s: { integer: { min: 1, max: 30 } }\n  a: { time: { within: 1h } }\n  b: { time: { before: a, by: [s, s] } }',
      3_660_000,
    ],
    [
      '  s: { integer: { min: 1, max: 30 } }\n  a: { time: { within: 1h } }\n  b: { time: { after: a, by: [s] } }',
      3_600_000,
    ],
    [
      '  s: { histogram: { ranges: [{ upTo: 10, weight: 1 }, { upTo: 60, weight: 1 }] } }\n  a: { stable: { of: s, draw: { time: { within: 1h } } } }\n  b: { case: { of: s, when: {}, otherwise: { time: { before: a, by: [s] } } } }',
      3_660_000,
    ],
    ['  s: { weighted: { 5: 1, 20: 1 } }\n  a: { time: { every: 1s } }\n  b: { time: { before: a, by: [s] } }', 20_000],
    [
      '  s: { skewed: { median: 10, p99: 10 } }\n  a: { time: { every: 1s } }\n  b: { time: { before: a, by: [s] } }',
      10_000,
    ],
  ])('%s goes back as far as that', (draw, ms) => {
    expect(timeReachMs(profileOf(draw).draw)).toBeCloseTo(ms, 6);
  });

  test('no time of a log-normal wait is earlier than the run says', () => {
    const draw =
      '  s: { skewed: { median: 10, p99: 900 } }\n  a: { time: { every: 1ms } }\n  b: { time: { before: a, by: [s], format: milliseconds } }';
    const found = drawn(draw, 50_000, ['b'], { epochMs: EPOCH_MS }).map(({ b }) => Number(b));
    expect(Math.min(...found)).toBeGreaterThan(EPOCH_MS - timeReachMs(profileOf(draw).draw));
  });
});

test('a day that is counted: the first, the next, and behind the last one the first again', () => {
  const draw = `
  visit: { session: { steps: 6 } }
  mail: { step: visit }
  hour: { weighted: { 9: 1, 24: 1 } }
  at: { time: { days: 3, day: mail, hour: hour } }
  any: { time: { days: 3, day: mail } }`;
  const found = drawn(draw, 60, ['mail', 'hour', 'at', 'any'], { epochMs: EPOCH_MS });
  const dayOf = (at: unknown) => (Date.parse(String(at)) - Date.UTC(2026, 0, 1)) / DAY_MS;
  for (const { mail, hour, at, any } of found) {
    // Step 0 counts as the day before the first one: the last.
    const day = [-1, -3, -2, -1, -3, -2][Number(mail)];
    expect(Math.floor(dayOf(at))).toBe(day);
    expect(Math.floor(dayOf(any))).toBe(day);
    expect(new Date(String(at)).getUTCHours()).toBe(Number(hour) % 24);
  }
});

describe('round', () => {
  const VISIT = '  visit: { session: { steps: 40, atOnce: 3 } }\n';

  /** Counted by walking along each session, which is another way than the one that is tested. */
  function expectCounted(draw: string, start: string, isEnd: (state: unknown) => boolean, walk = 'state') {
    const last = new Map<unknown, { state: unknown; round: number }>();
    const rounds = new Set<number>();
    for (const event of drawn(draw, 120 * 40, ['visit', walk, 'round'])) {
      const before = last.get(event.visit);
      const isNew = event[walk] === start && (before === undefined || before.state !== start || isEnd(start));
      const round = (before?.round ?? 0) + (isNew ? 1 : 0);
      if (event.round !== round) expect.unreachable(`${JSON.stringify(event)} is in round ${round}`);
      last.set(event.visit, { state: event[walk], round });
      rounds.add(round);
    }
    expect(rounds.size).toBeGreaterThan(3);
  }

  test('goes up where the walk comes back to its start, or begins anew behind an end', () => {
    const next = '{ sent: { delivered: 4, bounced: 1 }, delivered: { sent: 2, opened: 1 }, opened: {}, bounced: {} }';
    const draw = `${VISIT}  state: { walk: { of: visit, start: sent, next: ${next} } }\n  round: { round: state }`;
    expectCounted(draw, 'sent', (state) => state === 'opened' || state === 'bounced');
  });

  test('stays where the walk stays at its start', () => {
    const next = '{ lobby: { lobby: 3, play: 1 }, play: { play: 1, over: 1 }, over: {} }';
    const draw = `${VISIT}  state: { walk: { of: visit, start: lobby, next: ${next} } }\n  round: { round: state }`;
    expectCounted(draw, 'lobby', () => false);
  });

  test('goes up with every event where the start is an end', () => {
    const draw = `${VISIT}  state: { walk: { of: visit, start: one, next: { one: {} } } }\n  round: { round: state }`;
    expectCounted(draw, 'one', () => true);
  });

  test('is that of the walk that a case takes', () => {
    const draw = `${VISIT}  persona: { stable: { of: visit, draw: { weighted: { buyer: 1, browser: 1 } } } }
  state:
    case:
      of: persona
      when: { buyer: { walk: { of: visit, start: home, next: { home: { item: 1 }, item: { home: 1, pay: 1 }, pay: {} } } } }
      otherwise: { walk: { of: visit, start: home, next: { home: { item: 1 }, item: { home: 1, item: 1 } } } }
  round: { round: state }`;
    expectCounted(draw, 'home', () => false);
  });
});

const SESSION = '  visit: { session: { steps: 5 } }\n';

test.each([
  ['  a: { time: { after: readAt } }', /orders\.yaml:15:\d+ draw\.a\.time\.by: is missing/],
  ['  a: { time: { within: 1h, by: [x] } }', /draw\.a\.time\.by: goes with after and before/],
  ['  a: { time: { every: 1s, day: x } }', /draw\.a\.time\.day: goes with days alone/],
  [
    '  a: { time: { every: 1s, after: x, by: [x] } }',
    /draw\.a\.time: must have exactly one of every, due, within, days, after, before/,
  ],
  [
    '  readAt: { time: { within: 1h } }\n  s: { integer: { min: 1, max: 2 } }\n  a: { time: { after: redAt, by: [s] } }',
    /orders\.yaml:17:23 draw\.a\.time\.after: nothing before it is drawn as "redAt"; did you mean "readAt"/,
  ],
  [
    '  s: { integer: { min: 1, max: 2 } }\n  a: { time: { before: s, by: [s] } }',
    /orders\.yaml:16:24 draw\.a\.time\.before: "s" is no time: draw it by the rule time/,
  ],
  [
    '  readAt: { time: { within: 1h } }\n  a: { time: { after: readAt, by: [readAt] } }',
    /orders\.yaml:16:36 draw\.a\.time\.by\.0: "readAt" is no number/,
  ],
  [
    '  kind: { oneOf: [a, b] }\n  a: { time: { days: 2, day: kind } }',
    /orders\.yaml:16:30 draw\.a\.time\.day: "kind" is no number/,
  ],
  [
    `${SESSION}  a: { round: visit }`,
    /orders\.yaml:16:15 draw\.a\.round: "visit" is no walk: draw it by the rule walk/,
  ],
  [`${SESSION}  a: { round: b }`, /draw\.a\.round: nothing before it is drawn as "b"/],
  [
    `${SESSION}  w: { stable: { of: visit, draw: { walk: { of: visit, start: x, next: { x: {} } } } } }\n  a: { round: w }`,
    /draw\.a\.round: "w" is no walk/,
  ],
  [
    `${SESSION}  w: { case: { of: visit, when: { 1: { walk: { of: visit, start: x, next: { x: {} } } } }, otherwise: { oneOf: [y] } } }\n  a: { round: w }`,
    /draw\.a\.round: "w" is no walk/,
  ],
  [
    '  a: { oneOf: [x, y] }\n  b: { case: { of: a, when: { x: { oneOf: [one] } }, otherwise: { weighted: { two: 1 } } } }\n  c: { case: { of: b, when: { on: { text: z } } } }',
    /orders\.yaml:17:31 draw\.c\.case\.when\.on: "b" never is this; did you mean "one"\?/,
  ],
])('%s is a mistake with its place', (draw, message) => {
  expect(() => profileOf(draw)).toThrow(message);
});

test('a walk and its rounds depend on the place of the event alone, in whatever order they are asked', () => {
  const draw = `${SESSION.replace('5', '30, atOnce: 4')}  state: { walk: { of: visit, start: a, next: { a: { b: 2, c: 1 }, b: { a: 1, c: 1 }, c: {} } } }
  round: { round: state }`;
  const names = ['visit', 'state', 'round'];
  const all = drawn(draw, 600, names);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 599 }), { minLength: 1, maxLength: 40 }), (places) => {
      const at = drawsAt(draw, names);
      expect(places.map((place) => at(place))).toEqual(places.map((place) => all[place]));
    }),
    { numRuns: 100 },
  );
});
