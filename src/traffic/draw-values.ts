/** Identifiers, numbers by ranges and words. Pure. */
import { keyOf, type RandomKey, uniformAt, uniformOf } from '../lib/random.ts';
import type { Mistake } from '../stack/source/zod-problems.ts';
import type { Rule, Scope } from './draw-rule.ts';
import type { ValueSpecs } from './profile-draw-values.ts';
import { wordsOf } from './words/lists.ts';

type Uuid = NonNullable<ValueSpecs['uuid']>;
type Histogram = NonNullable<ValueSpecs['histogram']>;
type Words = NonNullable<ValueSpecs['words']>;

const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;

/**
 * A UUID of version 4 (RFC 9562, section 5.4): 122 bits that come from the key and the place of the event, or from the value of the draw
 * that it belongs to. They are more than the one number of a draw has, which would be the same for two of some million events.
 */
export function uuid(path: readonly string[], { of }: Uuid, { slotOf, stableOf }: Scope): Rule {
  const keyFor = (part: string): RandomKey => keyOf(...path, 'uuid', part);
  const [a, b, c, d] = [keyFor('a'), keyFor('b'), keyFor('c'), keyFor('d')];
  const owner = of ?? stableOf;
  if (owner === undefined) {
    return ({ index }) => uuidOf(uniformAt(a, index), uniformAt(b, index), uniformAt(c, index), uniformAt(d, index));
  }
  const slot = slotOf(owner);
  return ({ values }) => {
    const value = String(values[slot]);
    return uuidOf(uniformOf(a, value), uniformOf(b, value), uniformOf(c, value), uniformOf(d, value));
  };
}

/** Of numbers from 0 up to, not including, 1: 32 bits of each. */
function uuidOf(a: number, b: number, c: number, d: number): string {
  const version = ((b * TWO_32) & 0xffff0fff) | 0x4000;
  const variant = ((c * TWO_32) & 0x3fffffff) | 0x80000000;
  const [first, last] = [a * TWO_32, d * TWO_32];
  const head = `${hexOf(first >>> 16)}${hexOf(first)}-${hexOf(version >>> 16)}-${hexOf(version)}`;
  return `${head}-${hexOf(variant >>> 16)}-${hexOf(variant)}${hexOf(last >>> 16)}${hexOf(last)}`;
}

const byteDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The last 16 bits as four digits. */
function hexOf(word: number): string {
  return `${byteDigits[(word >>> 8) & 0xff]}${byteDigits[word & 0xff]}`;
}

/** The number tells the range, and what is left of it the place there. */
export function histogram({ from, ranges, decimals }: Histogram): Rule {
  const steps = Number(`1e${decimals}`);
  const ends = ranges.map(({ upTo }) => Math.round(upTo * steps));
  const begins = [Math.round(from * steps), ...ends.slice(0, -1).map((end) => end + 1)];
  const total = ranges.reduce((sum, { weight }) => sum + weight, 0);
  const used = ranges.flatMap(({ weight }, index) => {
    const [begin = 0, end = 0] = [begins[index], ends[index]];
    return weight === 0 ? [] : [{ weight, begin, size: end - begin + 1 }];
  });
  const [last] = used.slice(-1);
  return (_, at) => {
    let rest = at * total;
    for (const { weight, begin, size } of used) {
      if (rest < weight) return (begin + Math.floor((rest / weight) * size)) / steps;
      rest -= weight;
    }
    // By rounding alone.
    return last === undefined ? null : (last.begin + last.size - 1) / steps;
  };
}

/** What the schema cannot see: ranges that are none, and ends that no number with so many decimals is. */
export function histogramMistakes({ from, ranges, decimals }: Histogram, path: readonly PropertyKey[]) {
  const steps = Number(`1e${decimals}`);
  const wrong = (place: readonly PropertyKey[], message: string): Mistake => {
    return { path: [...path, ...place], part: 'value', message };
  };
  const isCoarse = (value: number): boolean => Math.round(value * steps) / steps !== value;
  const tooFine = `has more than the ${decimals} decimals that the numbers have: write decimals`;
  return [
    ...(isCoarse(from) ? [wrong(['from'], tooFine)] : []),
    ...ranges.flatMap(({ upTo }, index) => {
      const before = ranges[index - 1]?.upTo;
      const place = ['ranges', index, 'upTo'];
      if (isCoarse(upTo)) return [wrong(place, tooFine)];
      if (before === undefined) return upTo < from ? [wrong(place, `must not be below from (${from})`)] : [];
      return upTo <= before ? [wrong(place, `must be above the end of the range before (${before})`)] : [];
    }),
    ...(ranges.some(({ weight }) => weight > 0) ? [] : [wrong(['ranges'], 'must have a weight above 0')]),
  ];
}

/** One word by the number itself; of several each by a number of its own, which the one tells. */
export function words(path: readonly string[], { list, count }: Words): Rule {
  const all = wordsOf(list);
  const wordAt = (at: number): string => all[Math.floor(at * all.length)] ?? '';
  if (count === 1) return (_, at) => wordAt(at);
  const keys = Array.from({ length: count }, (_, place) => keyOf(...path, 'words', String(place)));
  return (_, at) => keys.map((key) => wordAt(uniformAt(key, at * TWO_53))).join(' ');
}
