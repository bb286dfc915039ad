/** Random numbers that depend on where they are used and on nothing else: no shared state, no order. Pure. */
import { createHash } from 'node:crypto';

/** Starting point of a family of numbers: 32 bits each, as whole numbers with a sign, which the engine keeps in place. */
export type RandomKey = readonly [number, number, number];

/** Numbers from 0 up to, not including, 1, with 53 random bits. */
export type Random = () => number;

/** A key for these words together; other words, or the same ones split otherwise, are another key. */
export function keyOf(...words: readonly string[]): RandomKey {
  const hash = createHash('sha256').update(JSON.stringify(words)).digest();
  return [hash.readInt32LE(0), hash.readInt32LE(4), hash.readInt32LE(8)];
}

/** Rounds after which every bit of the key and the index has reached every bit of the state, as sfc32 is seeded. */
const WARM_UP = 15;
const TWO_32 = 2 ** 32;

/** The numbers of one index: sfc32 (Doty-Humphrey), seeded for each index, so that any index can be computed alone. */
export function randomAt([keyA, keyB, keyC]: RandomKey, index: number): Random {
  let a = keyA ^ index;
  let b = keyB ^ Math.floor(index / TWO_32);
  let c = keyC;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP; round++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

/**
 * The one number of an index, from 0 up to, not including, 1, many times as fast as `randomAt`. A key has 2^32 of them: enough where
 * each decides one thing. Two rounds of a 32-bit mixer whose bias was searched for (lowbias32 of https://github.com/skeeto/hash-prospector) for
 * each half, on the key and the index. @param index a whole number from 0 on.
 */
export function uniformAt(key: RandomKey, index: number): number {
  const low = (mix(key[0] ^ index) + key[1]) | 0;
  return fromHalves(mix(index < TWO_32 ? low : low ^ (index / TWO_32)), key[2]);
}

/** The same for a text instead of an index. */
export function uniformOf(key: RandomKey, text: string): number {
  let state = key[0] ^ text.length;
  for (let at = 0; at < text.length; at++) state = (mix(state ^ text.charCodeAt(at)) + key[1]) | 0;
  return fromHalves(mix(state), key[2]);
}

function fromHalves(state: number, keyC: number): number {
  const high = mix(state ^ keyC);
  const low = mix((state + GOLDEN_RATIO + high) | 0);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
}

const GOLDEN_RATIO = 0x9e3779b9 | 0;

function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
