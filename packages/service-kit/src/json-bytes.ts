/** JSON that is looked through as bytes, without making anything of it: for programs that only pass it on. Pure. */
import { isUtf8 } from 'node:buffer';

/**
 * `any`: what RFC 8259 calls an object, in UTF-8. `compact`: of these, what JSON.parse and then JSON.stringify give back byte
 * for byte: no white space, each key of an object once and none that begins with a digit, no escapes, numbers as JavaScript writes them.
 */
export type JsonForm = 'any' | 'compact';

/** More deeply nested, it is left to JSON.parse. */
const MAX_DEPTH = 64;
/** Digits of a decimal number that a double gives back as they were. */
const SAFE_DIGITS = 15;
/** Smaller numbers are written with an exponent. */
const SAFE_PLACES = 6;

const [QUOTE, COMMA, COLON, MINUS, PLUS, DOT, ZERO, BACKSLASH] = codes('",:-+.0\\');
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, UNICODE] = codes('{}[]u');
const [TRUE, FALSE, NULL] = ['true', 'false', 'null'].map((word) => Buffer.from(word)) as [Buffer, Buffer, Buffer];

/** What a byte is inside of a text. */
const [PLAIN, END, ESCAPE, HIGH, CONTROL] = [0, 1, 2, 3, 4];
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 128 ? HIGH : byte < 32 ? CONTROL : byte === QUOTE ? END : byte === BACKSLASH ? ESCAPE : PLAIN,
);
const IS_ESCAPED = tableOf('"\\/bfnrt');
const IS_HEX = tableOf('0123456789abcdefABCDEF');
const IS_DIGIT = tableOf('0123456789');
const IS_SPACE = tableOf(' \t\n\r');
const IS_EXPONENT = tableOf('eE');

/**
 * The place behind the object that begins at `from` and ends at `to` or before it; -1 where there is none of this form. What has an end here, JSON.parse
 * takes; what has none it may take all the same (invalid UTF-8, more than 64 levels, or another form): ask it then.
 */
export function endOfObject(bytes: Uint8Array, from: number, to: number, form: JsonForm): number {
  if (bytes[from] !== OPEN) return -1;
  // Places only go up: what ends within has been read within.
  const end = objectEnd(bytes, from, form === 'compact', 0);
  return end > to ? -1 : end;
}

function objectEnd(bytes: Uint8Array, from: number, isCompact: boolean, depth: number): number {
  let at = isCompact ? from + 1 : spaceEnd(bytes, from + 1);
  if (bytes[at] === CLOSE) return at + 1;
  /** Begin and end of each. */
  const keys: number[] = [];
  for (;;) {
    const keyEnd = bytes[at] === QUOTE ? textEnd(bytes, at + 1, isCompact) : -1;
    if (keyEnd === -1 || (isCompact && !isKept(bytes, keys, at + 1, keyEnd))) return -1;
    at = isCompact ? keyEnd : spaceEnd(bytes, keyEnd);
    if (bytes[at] !== COLON) return -1;
    at = memberEnd(bytes, at + 1, isCompact, depth);
    if (at === -1) return -1;
    if (bytes[at] === CLOSE) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = isCompact ? at + 1 : spaceEnd(bytes, at + 1);
  }
}

/** Whether JavaScript leaves the key where it is. Notes it. */
function isKept(bytes: Uint8Array, keys: number[], from: number, to: number): boolean {
  if (IS_DIGIT[bytes[from] ?? 0] === 1) return false;
  for (let index = 0; index < keys.length; index += 2) {
    const start = keys[index] ?? 0;
    if (keys[index + 1] === start + to - from && isSame(bytes, start, from, to - from)) return false;
  }
  keys.push(from, to);
  return true;
}

function isSame(bytes: Uint8Array, one: number, other: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (bytes[one + index] !== bytes[other + index]) return false;
  return true;
}

function listEnd(bytes: Uint8Array, from: number, isCompact: boolean, depth: number): number {
  let at = isCompact ? from + 1 : spaceEnd(bytes, from + 1);
  if (bytes[at] === CLOSE_LIST) return at + 1;
  for (;;) {
    at = memberEnd(bytes, at, isCompact, depth);
    if (at === -1) return -1;
    if (bytes[at] === CLOSE_LIST) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at += 1;
  }
}

/** The place behind a value, and behind the white space around it. */
function memberEnd(bytes: Uint8Array, from: number, isCompact: boolean, depth: number): number {
  if (isCompact) return valueEnd(bytes, from, true, depth);
  const end = valueEnd(bytes, spaceEnd(bytes, from), false, depth);
  return end === -1 ? -1 : spaceEnd(bytes, end);
}

function valueEnd(bytes: Uint8Array, at: number, isCompact: boolean, depth: number): number {
  const first = bytes[at];
  if (first === QUOTE) return textEnd(bytes, at + 1, isCompact);
  if (first === OPEN || first === OPEN_LIST) {
    if (depth + 1 === MAX_DEPTH) return -1;
    return first === OPEN ? objectEnd(bytes, at, isCompact, depth + 1) : listEnd(bytes, at, isCompact, depth + 1);
  }
  if (first === TRUE[0]) return wordEnd(bytes, at, TRUE);
  if (first === FALSE[0]) return wordEnd(bytes, at, FALSE);
  return first === NULL[0] ? wordEnd(bytes, at, NULL) : numberEnd(bytes, at, isCompact);
}

/** @param from behind the quotation mark. */
function textEnd(bytes: Uint8Array, from: number, isCompact: boolean): number {
  let isAscii = true;
  for (let at = from; ; at++) {
    const kind = KINDS[bytes[at] ?? 0];
    if (kind === PLAIN) continue;
    if (kind === END) return isAscii || isUtf8(bytes.subarray(from, at)) ? at + 1 : -1;
    if (kind === HIGH) isAscii = false;
    else if (kind === CONTROL || isCompact) return -1;
    else {
      const size = escapeSize(bytes, at + 1);
      if (size === 0) return -1;
      at += size;
    }
  }
}

/** Of what follows a backslash; 0 for what may not. */
function escapeSize(bytes: Uint8Array, at: number): number {
  if (IS_ESCAPED[bytes[at] ?? 0] === 1) return 1;
  if (bytes[at] !== UNICODE) return 0;
  for (let index = 1; index <= 4; index++) if (IS_HEX[bytes[at + index] ?? 0] !== 1) return 0;
  return 5;
}

function wordEnd(bytes: Uint8Array, at: number, word: Uint8Array): number {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return -1;
  return at + word.length;
}

function numberEnd(bytes: Uint8Array, from: number, isCompact: boolean): number {
  const whole = bytes[from] === MINUS ? from + 1 : from;
  const point = digitsEnd(bytes, whole);
  if (point === whole || (bytes[whole] === ZERO && point > whole + 1)) return -1;
  let at = point;
  if (bytes[at] === DOT) {
    at = digitsEnd(bytes, point + 1);
    if (at === point + 1) return -1;
  }
  const isExponent = IS_EXPONENT[bytes[at] ?? 0] === 1;
  if (isCompact) return !isExponent && isAsWritten(bytes, whole, point, at, whole > from) ? at : -1;
  if (!isExponent) return at;
  const sign = bytes[at + 1];
  const power = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
  at = digitsEnd(bytes, power);
  return at === power ? -1 : at;
}

/** Whether JavaScript writes the number with the same digits. @param point where it is, or would be. */
function isAsWritten(bytes: Uint8Array, whole: number, point: number, end: number, isNegative: boolean): boolean {
  if (end - whole > SAFE_DIGITS + (end > point ? 1 : 0)) return false;
  if (end === point) return !(isNegative && bytes[whole] === ZERO);
  if (bytes[end - 1] === ZERO) return false;
  if (bytes[whole] !== ZERO) return true;
  let at = point + 1;
  while (bytes[at] === ZERO) at++;
  return at - point <= SAFE_PLACES;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (IS_DIGIT[bytes[at] ?? 0] === 1) at++;
  return at;
}

function spaceEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (IS_SPACE[bytes[at] ?? 0] === 1) at++;
  return at;
}

function codes(characters: string): number[] {
  return [...characters].map((character) => character.charCodeAt(0));
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const code of codes(characters)) table[code] = 1;
  return table;
}
