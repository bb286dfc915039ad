/** Events that are as nearly all are, straight from the bytes that came. Pure. */
import { isUtf8 } from 'node:buffer';
import { endOfObject } from 'stackctl/service-kit';
import type { Entry } from './entries.ts';
import { ID_BYTES, orderOf, type Row } from './row.ts';

const NAMES = ['event_id', 'time', 'event_type', 'user_id', 'properties'].map((name) => Buffer.from(name));
const [ID, TIME, TYPE, USER, PROPERTIES] = [0, 1, 2, 3, 4] as const;
const OF_VALUE = 3;
const MISSING = -1;
const MOST_WORDS = 2 * NAMES.length;
const MAX_TEXT = 200;
const MAX_PROPERTIES = 65_536;
const [ZERO, NINE, DASH, COLON, DOT, SMALL_A, SMALL_F, LETTER_T, LETTER_Z] = [
  48, 57, 45, 58, 46, 97, 102, 84, 90,
] as const;
/** Without the 29th of February. */
const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const EARLIEST_YEAR = 2000;

/**
 * The row of an entry, for those who read a hundred thousand in a second: a part of what `checkEvent` does. Undefined for what it has to
 * decide about: what breaks a rule, or keeps one in a way that few events do (a time that is not in UTC, a name twice, a long text).
 * @param latest of `latestSecond`.
 */
export function plainRow({ reply: { bytes, places }, fields, words }: Entry, latest: number): Row | undefined {
  if (fields === undefined || words > MOST_WORDS || words % 2 !== 0) return undefined;
  const row: Found = {
    bytes,
    time: MISSING,
    timeEnd: 0,
    eventId: MISSING,
    eventType: MISSING,
    eventTypeEnd: 0,
    userId: MISSING,
    userIdEnd: 0,
    properties: MISSING,
    propertiesEnd: 0,
    order: 0,
  };
  for (let word = 0; word < words; word += 2) {
    const place = (fields + word) * OF_VALUE;
    const name = nameAt(bytes, places[place + 1] ?? 0, places[place + 2] ?? 0);
    const from = places[place + OF_VALUE + 1] ?? 0;
    if (!isNoted(row, name, from, from + (places[place + OF_VALUE + 2] ?? 0), latest)) return undefined;
  }
  if (row.time === MISSING || row.eventId === MISSING || row.eventType === MISSING || row.userId === MISSING)
    return undefined;
  row.order = orderOf(bytes, row.eventId);
  return row;
}

type Found = { -readonly [Name in keyof Row]: Row[Name] };

/** Takes a value that is fine and the first one of its name. */
function isNoted(row: Found, name: number, from: number, end: number, latest: number): boolean {
  const { bytes } = row;
  if (name === ID) {
    if (row.eventId !== MISSING || end - from !== ID_BYTES || !isUuid(bytes, from)) return false;
    row.eventId = from;
  } else if (name === TIME) {
    if (row.time !== MISSING || !isTime(bytes, from, end, latest)) return false;
    row.time = from;
    row.timeEnd = end;
  } else if (name === TYPE) {
    if (row.eventType !== MISSING || !isText(bytes, from, end)) return false;
    row.eventType = from;
    row.eventTypeEnd = end;
  } else if (name === USER) {
    if (row.userId !== MISSING || !isText(bytes, from, end)) return false;
    row.userId = from;
    row.userIdEnd = end;
  } else {
    if (name !== PROPERTIES || row.properties !== MISSING || end - from > MAX_PROPERTIES) return false;
    if (endOfObject(bytes, from, end, 'any') !== end) return false;
    row.properties = from;
    row.propertiesEnd = end;
  }
  return true;
}

/** Place in NAMES, -1 for another name. */
function nameAt(bytes: Uint8Array, from: number, size: number): number {
  for (let index = 0; index < NAMES.length; index++) {
    const name = NAMES[index];
    if (name?.length === size && isSame(bytes, from, name)) return index;
  }
  return -1;
}

function isSame(bytes: Uint8Array, from: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) if (bytes[from + index] !== name[index]) return false;
  return true;
}

function isUuid(bytes: Uint8Array, from: number): boolean {
  for (let index = 0; index < ID_BYTES; index++) {
    const byte = bytes[from + index] ?? 0;
    const isDash = index === 8 || index === 13 || index === 18 || index === 23;
    if (isDash ? byte !== DASH : !isHex(byte)) return false;
  }
  return true;
}

function isHex(byte: number): boolean {
  const letter = byte | 32;
  return (byte >= ZERO && byte <= NINE) || (letter >= SMALL_A && letter <= SMALL_F);
}

function isText(bytes: Uint8Array, from: number, end: number): boolean {
  if (end === from || end - from > MAX_TEXT) return false;
  for (let at = from; at < end; at++) if ((bytes[at] ?? 0) >= 128) return isUtf8(bytes.subarray(from, end));
  return true;
}

/** `2026-01-31T12:00:00Z`, with up to nine digits of a second before its end. */
function isTime(bytes: Uint8Array, from: number, end: number, latest: number): boolean {
  const last = end - 1;
  if (last < from + 19 || last === from + 20 || last > from + 29 || bytes[last] !== LETTER_Z) return false;
  if (bytes[from + 4] !== DASH || bytes[from + 7] !== DASH || bytes[from + 10] !== LETTER_T) return false;
  if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return false;
  if (last > from + 19 && (bytes[from + 19] !== DOT || number(bytes, from + 20, last) < 0)) return false;
  const year = number(bytes, from, from + 4);
  const month = number(bytes, from + 5, from + 7);
  const day = number(bytes, from + 8, from + 10);
  const hour = number(bytes, from + 11, from + 13);
  const minute = number(bytes, from + 14, from + 16);
  const second = number(bytes, from + 17, from + 19);
  if (year < EARLIEST_YEAR || day < 1 || day > (DAYS[month] ?? 0)) return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  return secondOf(year, month, day, hour, minute, second) < latest;
}

/** -1 for what has anything but digits. */
function number(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return -1;
    value = value * 10 + byte - ZERO;
  }
  return value;
}

const AHEAD_MS = 86_400_000;

/** The second in which a time is too far ahead, for `plainRow`. */
export function latestSecond(now: Date): number {
  const at = new Date(now.getTime() + AHEAD_MS);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
  return secondOf(year, month, day, at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds());
}

/** Grows with time; not all numbers are in use. */
function secondOf(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  return ((((year * 12 + month) * 32 + day) * 24 + hour) * 60 + minute) * 60 + second;
}
