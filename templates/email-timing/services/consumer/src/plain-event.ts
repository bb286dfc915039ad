/** Events that are as nearly all are, from the bytes of their JSON to a line for the table. Pure. */
import { endOfObject } from 'stackctl/service-kit';
import { EVENT_TYPES } from '../../../shared/event.ts';

/** In the order of COLUMNS, and of what the connector writes. */
const NAMES = ['event_id', 'universal_id', 'event_type', 'timestamp', 'provider', 'metadata'].map((name) =>
  Buffer.from(`"${name}":`),
);
const TYPES = EVENT_TYPES.map((type) => Buffer.from(type));
const [ID, UNIVERSAL_ID, TYPE, TIME, PROVIDER, METADATA] = [0, 1, 2, 3, 4, 5] as const;

const [QUOTE, COMMA, OPEN, CLOSE, TAB, NEWLINE] = [34, 44, 123, 125, 9, 10] as const;
/** What an id, an id behind `sf_` and a provider have, and which of it they may begin with. */
const [IN_ID, FIRST_OF_ID, IN_UNIVERSAL_ID, IN_PROVIDER, FIRST_OF_PROVIDER] = [1, 2, 4, 8, 16] as const;
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  const among = (pattern: RegExp, bit: number) => (byte < 128 && pattern.test(character) ? bit : 0);
  return (
    among(/[A-Za-z0-9._:-]/, IN_ID) +
    among(/[A-Za-z0-9]/, FIRST_OF_ID) +
    among(/[A-Za-z0-9_-]/, IN_UNIVERSAL_ID) +
    among(/[a-z0-9_-]/, IN_PROVIDER) +
    among(/[a-z0-9]/, FIRST_OF_PROVIDER)
  );
});
const UNIVERSAL_PREFIX = Buffer.from('sf_');
const [MOST_OF_ID, MOST_OF_UNIVERSAL_ID, MOST_OF_PROVIDER] = [160, 64, 31] as const;

const TIME_FORM = Buffer.from('0000-00-00T00:00:00.000Z');
const [ZERO, NINE] = [48, 57] as const;
/** Without the 29th of February. */
const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const [FIRST_YEAR, LAST_YEAR] = [1970, 2199] as const;

/**
 * Writes the line of an event: a part of what `isPlainEvent` takes, in JSON without white space and escapes, and with metadata
 * that are stored as they came.
 * @param out has room for as many bytes as the JSON has.
 * @returns the place behind the line; -1 for what JSON.parse and the schema have to decide about, `out` may be written to all the same.
 */
export function writePlainLine(bytes: Uint8Array, from: number, end: number, out: Uint8Array, to: number): number {
  if (bytes[from] !== OPEN || bytes[end - 1] !== CLOSE) return -1;
  let at = from + 1;
  let written = to;
  for (let column: number = ID; column <= METADATA; column++) {
    const name = NAMES[column];
    if (name === undefined || !isThere(bytes, at, name)) return -1;
    const value = column === METADATA ? at + name.length : at + name.length + 1;
    if (column !== METADATA && bytes[value - 1] !== QUOTE) return -1;
    const valueEnd = endOfValue(bytes, value, end, column);
    if (valueEnd === -1) return -1;
    for (let place = value; place < valueEnd; place++) out[written++] = bytes[place] ?? 0;
    out[written++] = column === METADATA ? NEWLINE : TAB;
    at = column === METADATA ? valueEnd : valueEnd + 2;
    if (column !== METADATA && (bytes[valueEnd] !== QUOTE || bytes[valueEnd + 1] !== COMMA)) return -1;
  }
  return at === end - 1 ? written : -1;
}

/** Of a text without its quotation marks. */
function endOfValue(bytes: Uint8Array, at: number, end: number, column: number): number {
  if (column === ID) return endOfWord(bytes, at, FIRST_OF_ID, IN_ID, MOST_OF_ID);
  if (column === UNIVERSAL_ID) {
    if (!isThere(bytes, at, UNIVERSAL_PREFIX)) return -1;
    const rest = at + UNIVERSAL_PREFIX.length;
    return endOfWord(bytes, rest, IN_UNIVERSAL_ID, IN_UNIVERSAL_ID, MOST_OF_UNIVERSAL_ID - 1);
  }
  if (column === TYPE) return endOfType(bytes, at);
  if (column === TIME) return isTime(bytes, at) ? at + TIME_FORM.length : -1;
  if (column === PROVIDER) return endOfWord(bytes, at, FIRST_OF_PROVIDER, IN_PROVIDER, MOST_OF_PROVIDER);
  return endOfObject(bytes, at, end - 1, 'compact');
}

/** @param most bytes behind the first one. */
function endOfWord(bytes: Uint8Array, from: number, first: number, others: number, most: number): number {
  if (((CLASSES[bytes[from] ?? 0] ?? 0) & first) === 0) return -1;
  let at = from + 1;
  while (((CLASSES[bytes[at] ?? 0] ?? 0) & others) !== 0) at++;
  return at - from - 1 <= most ? at : -1;
}

function endOfType(bytes: Uint8Array, at: number): number {
  for (let index = 0; index < TYPES.length; index++) {
    const type = TYPES[index];
    if (type !== undefined && isThere(bytes, at, type) && bytes[at + type.length] === QUOTE) return at + type.length;
  }
  return -1;
}

function isThere(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return false;
  return true;
}

function isTime(bytes: Uint8Array, from: number): boolean {
  for (let index = 0; index < TIME_FORM.length; index++) {
    const byte = bytes[from + index] ?? 0;
    const form = TIME_FORM[index];
    if (form === ZERO ? byte < ZERO || byte > NINE : byte !== form) return false;
  }
  const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2);
  if (year < FIRST_YEAR || year > LAST_YEAR) return false;
  const day = twoDigits(bytes, from + 8);
  if (day < 1 || day > (DAYS[twoDigits(bytes, from + 5)] ?? 0)) return false;
  return twoDigits(bytes, from + 11) < 24 && twoDigits(bytes, from + 14) < 60 && twoDigits(bytes, from + 17) < 60;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? ZERO) - ZERO) * 10 + (bytes[at + 1] ?? ZERO) - ZERO;
}
