import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/lib/sha256.ts';
import { wordsOf } from '../../src/traffic/words/lists.ts';
import { drawn, drawsAt, profileOf } from './drawn.ts';

const all = (draw: string, count: number, name: string, seed = 1) =>
  drawn(draw, count, [name], { seed }).map((body) => body[name]);

/** Version 4 and the variant of RFC 9562. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('uuid', () => {
  test('is one of version 4, another for each event and each seed', () => {
    const ids = all('  key: { uuid: {} }', 30_000, 'key') as string[];
    expect(ids.every((id) => UUID.test(id))).toBe(true);
    const other = all('  key: { uuid: {} }', 1000, 'key', 2) as string[];
    expect(new Set([...ids, ...other]).size).toBe(ids.length + other.length);
  });

  test('has every one of its free bits as often as not', () => {
    const ids = all('  key: { uuid: {} }', 4000, 'key') as string[];
    const bits = ids.map((id) => BigInt(`0x${id.replaceAll('-', '')}`));
    const set = Array.from(
      { length: 128 },
      (_, bit) => bits.filter((one) => (one >> BigInt(127 - bit)) & 1n).length / bits.length,
    );
    const fixed = [48, 49, 50, 51, 64, 65];
    expect(fixed.map((bit) => set[bit])).toEqual([0, 1, 0, 0, 1, 0]);
    // Five deviations of a fair coin.
    expect(set.filter((share, bit) => !fixed.includes(bit) && Math.abs(share - 0.5) > 0.04)).toEqual([]);
  });

  const USER = '  user: { zipf: { count: 5000, exponent: 0.5 } }\n';

  test.each([
    ['of a draw before', `${USER}  key: { uuid: { of: user } }`],
    ['within a draw that is stable', `${USER}  key: { stable: { of: user, draw: { uuid: {} } } }`],
    [
      'in a case of one',
      `${USER}  key: { stable: { of: user, draw: { case: { of: user, when: {}, otherwise: { uuid: {} } } } } }`,
    ],
  ])('%s is one for each of its values', (_what, draw) => {
    const known = new Map<unknown, unknown>();
    for (const { user, key } of drawn(draw, 30_000, ['user', 'key'])) {
      if (!UUID.test(String(key)) || (known.get(user) ?? key) !== key) expect.unreachable(`${user}: ${key}`);
      known.set(user, key);
    }
    expect(known.size).toBeGreaterThan(4000);
    expect(new Set(known.values()).size).toBe(known.size);
  });

  test('differs between two draws of one profile', () => {
    const [first] = drawn('  one: { uuid: {} }\n  two: { uuid: {} }', 1, ['one', 'two']);
    expect(first?.one).not.toBe(first?.two);
  });
});

describe('histogram', () => {
  const LATENCY =
    '  ms: { histogram: { ranges: [{ upTo: 10, weight: 5 }, { upTo: 100, weight: 4 }, { upTo: 1000, weight: 1 }] } }';

  test('has its ranges by weight, and in each all numbers alike', () => {
    const found = all(LATENCY, 60_000, 'ms') as number[];
    const share = (from: number, to: number) => found.filter((ms) => ms >= from && ms <= to).length / found.length;
    expect(found.every((ms) => Number.isInteger(ms))).toBe(true);
    expect([Math.min(...found), Math.max(...found)]).toEqual([0, 1000]);
    expect(share(0, 10)).toBeCloseTo(0.5, 1);
    expect(share(11, 100)).toBeCloseTo(0.4, 1);
    expect(share(101, 1000)).toBeCloseTo(0.1, 1);
    // Eleven numbers from 0 to 10.
    expect(share(0, 0)).toBeCloseTo(0.5 / 11, 2);
    expect(share(10, 10)).toBeCloseTo(0.5 / 11, 2);
    expect(share(11, 11)).toBeCloseTo(0.4 / 90, 2);
  });

  test('with decimals, a beginning below 0 and a weight of 0', () => {
    const draw =
      '  t: { histogram: { from: -1.5, ranges: [{ upTo: 0, weight: 1 }, { upTo: 5, weight: 0 }, { upTo: 5.1, weight: 1 }], decimals: 1 } }';
    const found = new Set(all(draw, 20_000, 't') as number[]);
    const below = Array.from({ length: 16 }, (_, tenths) => (tenths - 15) / 10);
    expect([...found].toSorted((a, b) => a - b)).toEqual([...below, 5.1]);
  });

  test('never leaves its ranges, whatever they are', () => {
    const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(ranges, fc.integer({ min: 0, max: 3 }), fc.nat({ max: 1000 }), (given, decimals, seed) => {
        const ends = given.map((_, index) => given.slice(0, index + 1).reduce((sum, [size]) => sum + size, 0));
        const written = given.map(([, weight], index) => `{ upTo: ${ends[index]}, weight: ${weight} }`).join(', ');
        const found = all(
          `  n: { histogram: { ranges: [${written}], decimals: ${decimals} } }`,
          200,
          'n',
          seed,
        ) as number[];
        expect(found.every((n) => n >= 0 && n <= (ends.at(-1) ?? 0) && Number(n.toFixed(decimals)) === n)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('words', () => {
  test('are those of the list, each as often as the others', () => {
    const list = wordsOf('cities-1');
    const found = all('  city: { words: { list: cities-1 } }', 100 * list.length, 'city') as string[];
    expect(new Set(found)).toEqual(new Set(list));
    const times = list.map((word) => found.filter((one) => one === word).length);
    expect(Math.min(...times)).toBeGreaterThan(50);
    expect(Math.max(...times)).toBeLessThan(160);
  });

  test('several of them are drawn each by itself', () => {
    const texts = all('  title: { words: { list: adjectives-1, count: 4 } }', 20_000, 'title') as string[];
    const known = new Set(wordsOf('adjectives-1'));
    const parts = texts.map((text) => text.split(' '));
    expect(parts.every((words) => words.length === 4 && words.every((word) => known.has(word)))).toBe(true);
    for (const place of [0, 1, 2, 3]) expect(new Set(parts.map((words) => words[place])).size).toBe(known.size);
    expect(new Set(texts).size).toBeGreaterThan(19_900);
  });

  test('are the same for the same value of another draw', () => {
    const draw =
      '  user: { zipf: { count: 200 } }\n  name: { stable: { of: user, draw: { words: { list: first-names-1, count: 2 } } } }';
    const names = new Map<unknown, Set<unknown>>();
    for (const { user, name } of drawn(draw, 5000, ['user', 'name']))
      names.set(user, (names.get(user) ?? new Set()).add(name));
    expect([...names.values()].every((known) => known.size === 1)).toBe(true);
    expect(new Set([...names.values()].map((known) => [...known][0])).size).toBeGreaterThan(180);
  });
});

const EVERY = `
  user: { integer: { min: 1, max: 50 } }
  key: { uuid: {} }
  owner: { uuid: { of: user } }
  ms: { histogram: { from: 1, ranges: [{ upTo: 20, weight: 3 }, { upTo: 900, weight: 1 }], decimals: 2 } }
  name: { stable: { of: user, draw: { words: { list: last-names-1 } } } }
  title: { words: { list: nouns-1, count: 3 } }`;
const NAMES = ['user', 'key', 'owner', 'ms', 'name', 'title'];

test('a seed means the same ones on every machine and in every version', () => {
  expect(sha256(JSON.stringify(drawn(EVERY, 2000, NAMES, { seed: 7 })))).toBe(
    '14b8b9b44d5b603bee9a6dc6be74eb119f0b3e41b372513a9e78c6b6e369ce70',
  );
});

test('they depend on the place of the event alone', () => {
  const first = drawn(EVERY, 200, NAMES);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 199 }), { minLength: 1, maxLength: 20 }), (places) => {
      const at = drawsAt(EVERY, NAMES);
      expect(places.map((place) => at(place))).toEqual(places.map((place) => first[place]));
    }),
    { numRuns: 30 },
  );
});

test.each([
  ['  a: { uuid: { of: user } }', /orders\.yaml:15:20 draw\.a\.uuid\.of: nothing before it is drawn as "user"/],
  ['  a: { histogram: { ranges: [] } }', /orders\.yaml:15:29 draw\.a\.histogram\.ranges: must have at least 1 entry/],
  [
    '  a: { histogram: { ranges: [{ upTo: 5, weight: 1 }, { upTo: 5, weight: 1 }] } }',
    /orders\.yaml:15:62 draw\.a\.histogram\.ranges\.1\.upTo: must be above the end of the range before \(5\)/,
  ],
  [
    '  a: { histogram: { from: 9, ranges: [{ upTo: 5, weight: 1 }] } }',
    /orders\.yaml:15:47 draw\.a\.histogram\.ranges\.0\.upTo: must not be below from \(9\)/,
  ],
  [
    '  a: { histogram: { ranges: [{ upTo: 0.5, weight: 1 }] } }',
    /orders\.yaml:15:38 draw\.a\.histogram\.ranges\.0\.upTo: has more than the 0 decimals that the numbers have/,
  ],
  [
    '  a: { histogram: { from: 0.05, ranges: [{ upTo: 0.5, weight: 1 }], decimals: 1 } }',
    /orders\.yaml:15:27 draw\.a\.histogram\.from: has more than the 1 decimals/,
  ],
  [
    '  a: { histogram: { ranges: [{ upTo: 5, weight: 0 }] } }',
    /draw\.a\.histogram\.ranges: must have a weight above 0/,
  ],
  [
    '  a: { words: { list: first-name-1 } }',
    /orders\.yaml:15:23 draw\.a\.words\.list: must be one of .*did you mean "first-names-1"/,
  ],
  ['  a: { words: { list: cities-1, count: 0 } }', /orders\.yaml:15:40 draw\.a\.words\.count: must be at least 1/],
  [
    '  a: { stable: { of: id, draw: { histogram: { ranges: [{ upTo: 5, weight: 0 }] } } } }',
    /draw\.a\.stable\.draw\.histogram\.ranges: must have a weight above 0/,
  ],
])('%s is a mistake with its place', (draw, message) => {
  expect(() => profileOf(draw)).toThrow(message);
});
