/**
 * What PostgreSQL makes of an id by `uuid_hash_extended` and `hashtextextended` with seed 0: lookup3 of Bob Jenkins
 * (https://burtleburtle.net/bob/c/lookup3.c), which partitions by hash depend on, as servers read it that have the lowest byte first. Pure.
 */
import { idPrefix } from '../../../stack/contract/event-id.ts';
import { digitsWord, type IdHash, prefixWords } from '../../../stack/contract/range-digest.ts';

/** Of a column of type uuid: the 16 bytes, of which the last 6 are the sequence, the highest first. */
export function uuidHash(runId: string): IdHash {
  const bytes = Buffer.from(idPrefix(runId).replaceAll('-', ''), 'hex');
  const [first, second, lowHalf] = [bytes.readInt32LE(0), bytes.readInt32LE(4), bytes.readUInt16LE(8)];
  const state = beginning(16);
  const begun = Int32Array.of((state[0] ?? 0) + first, (state[1] ?? 0) + second, state[2] ?? 0);
  return (sequence, halves) => {
    state.set(begun);
    const upper = Math.floor(sequence / 2 ** 32);
    state[2] = (state[2] ?? 0) + (lowHalf | ((upper >>> 8) << 16) | (upper << 24));
    mix(state);
    state[0] = (state[0] ?? 0) + swapped(sequence);
    finish(state, halves);
  };
}

/** Of a column of text: 36 characters, of which the last 12 are the digits of the sequence. */
export function textHash(runId: string): IdHash {
  const state = beginning(36);
  const words = prefixWords(runId);
  for (let at = 0; at < words.length; at += 3) {
    for (let own = 0; own < 3; own++) state[own] = (state[own] ?? 0) + (words[at + own] ?? 0);
    mix(state);
  }
  const begun = Int32Array.from(state);
  return (sequence, halves) => {
    state[0] = (begun[0] ?? 0) + digitsWord(Math.floor(sequence / 2 ** 32));
    state[1] = (begun[1] ?? 0) + digitsWord((sequence >>> 16) & 0xffff);
    state[2] = (begun[2] ?? 0) + digitsWord(sequence & 0xffff);
    mix(state);
    finish(state, halves);
  };
}

/** The state before the first of so many bytes. */
function beginning(length: number): Int32Array {
  return new Int32Array(3).fill(0x9e3779b9 + length + 3923095);
}

/** After each 12 bytes. */
function mix(state: Int32Array): void {
  let [a, b, c] = [state[0] ?? 0, state[1] ?? 0, state[2] ?? 0];
  a = ((a - c) | 0) ^ turned(c, 4);
  c = (c + b) | 0;
  b = ((b - a) | 0) ^ turned(a, 6);
  a = (a + c) | 0;
  c = ((c - b) | 0) ^ turned(b, 8);
  b = (b + a) | 0;
  a = ((a - c) | 0) ^ turned(c, 16);
  c = (c + b) | 0;
  b = ((b - a) | 0) ^ turned(a, 19);
  a = (a + c) | 0;
  c = ((c - b) | 0) ^ turned(b, 4);
  b = (b + a) | 0;
  state[0] = a;
  state[1] = b;
  state[2] = c;
}

/** After the last ones. */
function finish(state: Int32Array, halves: Int32Array): void {
  let [a, b, c] = [state[0] ?? 0, state[1] ?? 0, state[2] ?? 0];
  c = ((c ^ b) - turned(b, 14)) | 0;
  a = ((a ^ c) - turned(c, 11)) | 0;
  b = ((b ^ a) - turned(a, 25)) | 0;
  c = ((c ^ b) - turned(b, 16)) | 0;
  a = ((a ^ c) - turned(c, 4)) | 0;
  b = ((b ^ a) - turned(a, 14)) | 0;
  c = ((c ^ b) - turned(b, 24)) | 0;
  halves[0] = b;
  halves[1] = c;
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The lowest 32 bits with their bytes in the other order. */
function swapped(sequence: number): number {
  const word = sequence | 0;
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
