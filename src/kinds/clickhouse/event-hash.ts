/**
 * What ClickHouse makes of the text of an id, as 64 bits: `murmurHash3_32` (Austin Appleby) above `xxHash32` (Yann Collet), both with
 * seed 0 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). Pure.
 */
import { digitsWord, type IdHash, prefixWords } from '../../stack/contract/range-digest.ts';

const LENGTH = 36;
const [P1, P2, P3, P4] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f];

export function textHash(runId: string): IdHash {
  const words = prefixWords(runId);
  const murmur = words.reduce(withMurmurWord, 0);
  const lanes = [P1 + P2, P2, 0, -P1].map((lane, index) => withXxWord(lane | 0, words[index] ?? 0));
  // The first two words of the second stripe are those of the run, too.
  const [first = 0, second = 0] = lanes.map((lane, index) => withXxWord(lane, words[4 + index] ?? 0));
  const [, , third = 0, fourth = 0] = lanes;
  const begun = (turned(first, 1) + turned(second, 7)) | 0;
  return (sequence, halves) => {
    const high = digitsWord(Math.floor(sequence / 2 ** 32));
    const middle = digitsWord((sequence >>> 16) & 0xffff);
    const low = digitsWord(sequence & 0xffff);
    halves[0] = murmurEnd(withMurmurWord(withMurmurWord(withMurmurWord(murmur, high), middle), low));
    const lanesTogether = begun + turned(withXxWord(third, high), 12) + turned(withXxWord(fourth, middle), 18);
    halves[1] = xxEnd((lanesTogether + LENGTH) | 0, low);
  };
}

function withMurmurWord(hash: number, word: number): number {
  const own = Math.imul(turned(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(turned(hash ^ own, 13), 5) + 0xe6546b64) | 0;
}

function murmurEnd(hash: number): number {
  const first = hash ^ LENGTH;
  const second = Math.imul(first ^ (first >>> 16), 0x85ebca6b);
  const third = Math.imul(second ^ (second >>> 13), 0xc2b2ae35);
  return third ^ (third >>> 16);
}

function withXxWord(lane: number, word: number): number {
  return Math.imul(turned((lane + Math.imul(word, P2)) | 0, 13), P1);
}

function xxEnd(hash: number, lastWord: number): number {
  const first = Math.imul(turned((hash + Math.imul(lastWord, P3)) | 0, 17), P4);
  const second = Math.imul(first ^ (first >>> 15), P2);
  const third = Math.imul(second ^ (second >>> 13), P3);
  return third ^ (third >>> 16);
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
