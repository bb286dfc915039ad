import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyOf, randomAt, uniformAt, uniformOf } from '../../src/lib/random.ts';
import { tallyOf } from '../../src/stack/contract/id-tally.ts';
import { compileEvents } from '../../src/traffic/generate.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import { drawSpec } from '../../src/traffic/profile-draw.ts';
import { onlyEvents } from './events-of.ts';
import { PROFILE, trafficStack } from './profiles.ts';

const RUN = 'a1b2c3d4-e5f6';
const EPOCH_MS = Date.parse('2026-01-01T00:00:00Z');
const profile = readProfile({ text: PROFILE, file: 'orders.yaml', stack: trafficStack() }).profile;

/** An event makes its parts when they are asked for. */
const eventsOf = (seed: number) => {
  const eventAt = onlyEvents({ profile, seed, runId: RUN, epochMs: EPOCH_MS });
  return (place: number) => {
    const { sequence, id, body } = eventAt(place);
    return { sequence, id, body };
  };
};

function list(seed: number, count: number): readonly unknown[] {
  const eventAt = eventsOf(seed);
  return Array.from({ length: count }, (_, sequence) => eventAt(sequence));
}

test('a seed means the same events on every machine and in every version', () => {
  const digest = createHash('sha256')
    .update(JSON.stringify(list(7, 2000)))
    .digest('hex');
  expect(digest).toBe('be4074044e1c2e78af358eec92b30bcb1babe6ffc81e16170069599aa1e40107');
});

test('an event looks as the profile says', () => {
  expect(eventsOf(7)(42)).toEqual({
    sequence: 42,
    id: 'a1b2c3d4-e5f6-8000-8000-00000000002a',
    body: {
      id: 'a1b2c3d4-e5f6-8000-8000-00000000002a',
      customer: expect.stringMatching(/^customer-\d+$/),
      country: expect.stringMatching(/^(DE|FR)$/),
      status: expect.any(Number),
      at: expect.stringMatching(/^2026-01-01T00:00:00\.8[4-6]\dZ$/),
      details: {
        kind: expect.stringMatching(/^(book|toy)$/),
        price: expect.any(Number),
        waitMs: expect.any(Number),
        size: expect.any(Number),
        tags: [expect.stringMatching(/^(book|toy)$/), 'new'],
      },
    },
  });
});

test('an event depends on its place alone: not on how many there are, nor on the order in which they are made', () => {
  const all = list(3, 300);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 299 }), { minLength: 1, maxLength: 30 }), (places) => {
      const eventAt = eventsOf(3);
      expect(places.map(eventAt)).toEqual(places.map((place) => all[place]));
    }),
    { numRuns: 50 },
  );
});

test('of what is remembered from event to event nothing is seen', () => {
  // More values and more sessions side by side than are kept, so that they push each other out.
  const draw = {
    visit: drawSpec.parse({ session: { steps: 3, atOnce: 20_000 } }),
    page: drawSpec.parse({ walk: { of: 'visit', start: 'a', next: { a: { b: 1, c: 1 }, b: { a: 1, c: 2 }, c: {} } } }),
    level: drawSpec.parse({ stable: { of: 'visit', draw: { integer: { min: 1, max: 1_000_000 } } } }),
    waitMs: drawSpec.parse({ skewed: { median: 40, p99: 900, decimals: 1 } }),
    at: drawSpec.parse({ time: { within: '10d' } }),
  };
  const body = Object.fromEntries(Object.keys(draw).map((name) => [name, `{{${name}}}`]));
  const events = () =>
    compileEvents({ profile: { profile: 'any', draw, body }, seed: 1, runId: RUN, epochMs: EPOCH_MS });
  const inOrder = events();
  const all = Array.from({ length: 60_000 }, (_, place) => inOrder(place).json);
  const eventAt = events();
  // Every place once, in an order that jumps.
  const places = Array.from({ length: 60_000 }, (_, index) => (index * 7919) % 60_000);
  expect(places.filter((place) => eventAt(place).json !== all[place])).toEqual([]);
  const alone = [0, 19_999, 20_000, 40_001, 59_999];
  expect(alone.map((place) => events()(place).json)).toEqual(alone.map((place) => all[place]));
});

test('an event that cannot be drawn has no form at all, however often it is asked for', () => {
  const draw = { at: drawSpec.parse({ time: { every: '1d' } }) };
  const body = { at: '{{at}}' };
  const lastDay = 8.64e15 - 86_400_000;
  const eventAt = compileEvents({ profile: { profile: 'any', draw, body }, seed: 1, runId: RUN, epochMs: lastDay });
  const [first, beyond] = [eventAt(0), eventAt(5)];
  const before = first.json;
  expect(() => beyond.json).toThrow(RangeError);
  expect(() => beyond.body).toThrow(RangeError);
  expect(first.json).toBe(before);
});

test('other seeds give other events, with the same ids', () => {
  const [one, other] = [list(1, 50), list(2, 50)] as { id: string }[][];
  expect(one?.map(({ id }) => id)).toEqual(other?.map(({ id }) => id));
  expect(one).not.toEqual(other);
});

test('what is stable stays so for every value, and a null field is left out', () => {
  const bodies = (list(5, 3000) as { body: Record<string, unknown> }[]).map(({ body }) => body);
  const countries = new Map<unknown, Set<unknown>>();
  for (const { customer, country } of bodies)
    countries.set(customer, (countries.get(customer) ?? new Set()).add(country));
  expect([...countries.values()].every((known) => known.size === 1)).toBe(true);
  expect(new Set([...countries.values()].map((known) => [...known][0]))).toEqual(new Set(['DE', 'FR']));
  expect(bodies.every((body) => (body.status === 500) === Object.hasOwn(body, 'problem'))).toBe(true);
});

test('draws have the distribution that they claim', () => {
  const bodies = (
    list(11, 20_000) as { body: { customer: string; status: number; details: { waitMs: number } } }[]
  ).map(({ body }) => body);
  const share = (isOne: (body: (typeof bodies)[number]) => boolean): number =>
    bodies.filter(isOne).length / bodies.length;
  expect(share(({ status }) => status === 500)).toBeCloseTo(0.05, 2);
  expect(share(({ details }) => details.waitMs <= 40)).toBeCloseTo(0.5, 1);
  expect(share(({ details }) => details.waitMs > 900)).toBeCloseTo(0.01, 2);
  const first = share(({ customer }) => customer === 'customer-1');
  expect(first / share(({ customer }) => customer === 'customer-2')).toBeCloseTo(2 ** 1.1, 0);
});

describe('numbers of a key and an index', () => {
  test('are the same again, fill 0 to 1 evenly and do not resemble those of the neighbours', () => {
    const key = keyOf('some', 'words');
    const first = Array.from({ length: 20_000 }, (_, index) => randomAt(key, index)());
    expect(randomAt(key, 7)()).toBe(first[7]);
    expect(first.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    const pairs = first.slice(1).map((value, index) => (value - 0.5) * ((first[index] ?? 0) - 0.5));
    expect(mean).toBeCloseTo(0.5, 1);
    expect(Math.abs(pairs.reduce((sum, value) => sum + value, 0) / pairs.length)).toBeLessThan(0.003);
  });

  test('are these, past 2^32 too', () => {
    const key = keyOf('some', 'words');
    expect(
      [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 7].map((index) => uniformAt(key, index)),
    ).toEqual([
      ...[0.8807269156705176, 0.7733418346304175, 0.23843581726891927, 0.7938523137193471, 0.7638531117913826],
      ...[0.19042018027550756, 0.7358801191457648],
    ]);
    expect(['', '1', '4096', 'ä😀'].map((text) => uniformOf(key, text))).toEqual([
      ...[0.8156675470916958, 0.08034302012034122, 0.19281944826352237, 0.8344911435336292],
    ]);
  });

  test('differ with every word of the key, and past 2^32', () => {
    const keys = [keyOf('a', 'b'), keyOf('ab'), keyOf('b', 'a'), keyOf('a', 'b', '')];
    expect(new Set(keys.map((key) => randomAt(key, 0)())).size).toBe(keys.length);
    expect(randomAt(keyOf('a'), 1)()).not.toBe(randomAt(keyOf('a'), 2 ** 32 + 1)());
  });
});

test('an id tells its sequence, and only within its run', () => {
  const { id } = eventsOf(1)(1_000_000);
  expect([...tallyOf(RUN, [id]).from(0)]).toEqual([1_000_000]);
  expect(tallyOf('a1b2c3d4-e5f7', [id]).total).toBe(0);
  expect(tallyOf(RUN, [`${RUN}-8000-8000-xyz`, id.slice(0, -1), `${id.slice(0, -1)}G`]).total).toBe(0);
});
