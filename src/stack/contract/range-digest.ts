/**
 * What a server says of the ids of a run without sending them: for each range of sequences how many there are, and the sum of their
 * hashes. The order of the ids plays no part in it. Pure.
 */
import { idPrefix, SEQUENCE_DIGITS } from './event-id.ts';

/** Hexadecimal digits of a sequence that tell the events of a range apart. */
const OWN_DIGITS = 2;
/** Events of a range: one that has to be looked through costs little, and the digests of a run are a hundredth of its ids. */
export const RANGE_EVENTS = 16 ** OWN_DIGITS;
/** Characters of an id, from its first one, that all ids of a range share. */
export const START_LENGTH = 36 - OWN_DIGITS;

export interface RangeDigest {
  /** Range i has the sequences from i * RANGE_EVENTS on. */
  readonly index: number;
  /** Of the ids, copies too. */
  readonly count: number;
  /** Of the hashes of all of them, copies too: exact, not modulo anything. */
  readonly sum: bigint;
}

/**
 * The hash of an event's id, as 64 bits: writes the signed upper half and then the lower half, which is to be read without a sign.
 * Two sets of ids that differ in what is there, or in how often, have the same sum by accident once in 2^64 pairs: whatever the hashes
 * of all others are, at most one value of the hash of an id in which they differ would make it so.
 */
export type IdHash = (sequence: number, halves: Int32Array) => void;

export interface StoreDigest {
  readonly hash: IdHash;
  /** Those that hold anything, in no order. */
  readonly ranges: readonly RangeDigest[];
}

/** What the ids of a range begin with. */
export function rangeStart(runId: string, index: number): string {
  return idPrefix(runId) + index.toString(16).padStart(SEQUENCE_DIGITS - OWN_DIGITS, '0');
}

/** The range whose ids begin so; undefined: no id of the run does. */
export function rangeIndexOf(runId: string, start: string): number | undefined {
  const index = Number.parseInt(start.slice(idPrefix(runId).length), 16);
  return Number.isSafeInteger(index) && rangeStart(runId, index) === start ? index : undefined;
}

/** A sum of hashes from the sums of their halves, which are exact up to 2^53. */
export function sumOfHalves(upper: number, lower: number): bigint {
  return BigInt(upper) * 2n ** 32n + BigInt(lower);
}

/** Words of 32 bits, the first byte the lowest, of the characters of an id's text: those that are the same for the whole run. */
export function prefixWords(runId: string): readonly number[] {
  const bytes = Buffer.from(idPrefix(runId), 'latin1');
  return Array.from({ length: bytes.length / 4 }, (_, word) => bytes.readInt32LE(4 * word));
}

/** The same of 4 digits of the sequence. @param value 0 to 65535. */
export function digitsWord(value: number): number {
  return (twoDigits[value >> 8] ?? 0) | ((twoDigits[value & 0xff] ?? 0) << 16);
}

const twoDigits = Uint16Array.from({ length: 256 }, (_, value) => {
  return Buffer.from(value.toString(16).padStart(2, '0'), 'latin1').readUInt16LE();
});
