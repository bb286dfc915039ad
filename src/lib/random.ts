/** Random numbers that depend on where they are used and on nothing else: no shared state, no order. Pure. */
import { createHash } from 'node:crypto';

/** Starting point of a family of numbers. */
export type RandomKey = readonly [number, number, number];

/** Numbers from 0 up to, not including, 1, with 53 random bits. */
export type Random = () => number;

/** A key for these words together; other words, or the same ones split otherwise, are another key. */
export function keyOf(...words: readonly string[]): RandomKey {
  const hash = createHash('sha256').update(JSON.stringify(words)).digest();
  return [hash.readUInt32LE(0), hash.readUInt32LE(4), hash.readUInt32LE(8)];
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
