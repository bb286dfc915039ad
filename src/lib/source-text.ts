import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { systemCode } from '../errors.ts';
import { unreadable } from './file-errors.ts';
import { placeFinder } from './text-place.ts';

/** The text of a file that a person wrote, without its byte order mark. */
export interface SourceText {
  readonly text: string;
  /** Why it must not be used: what was read as `text` is not what stands there. */
  readonly mistake: TextMistake | undefined;
}

/** Line and column from 1. */
export interface TextMistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Undefined when there is no file. @throws E_STATE_UNREADABLE */
export async function readSourceIfThere(path: string): Promise<SourceText | undefined> {
  try {
    return decodeSource(readFileSync(path));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
}

/** At once: for files of which there may be thousands. @throws E_STATE_UNREADABLE */
export function readSource(path: string): SourceText {
  try {
    return decodeSource(readFileSync(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * Reads bytes as UTF-8 and as nothing else: what is not UTF-8 would be stored as question marks, and NUL is understood by
 * no reader of these files. Pure.
 */
export function decodeSource(bytes: Buffer): SourceText {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  return { text, mistake: mistakeIn(bytes, text) };
}

function mistakeIn(bytes: Buffer, text: string): TextMistake | undefined {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) return { line: 1, column: 1, message: `this is ${wide}: save the file as UTF-8` };
  if (!isUtf8(bytes)) return invalidByte(bytes);
  const nul = text.indexOf('\0');
  if (nul === -1) return undefined;
  return { ...placeFinder(text)(nul), message: 'this is a NUL character, which no text has: is the file damaged?' };
}

/** By its byte order mark, or by the NULs that half of the bytes of western text are then. */
function wideEncoding(bytes: Buffer): string | undefined {
  const mark = bytes.subarray(0, 4).toString('hex');
  if (mark === 'fffe0000' || mark === '0000feff') return 'UTF-32';
  if (mark.startsWith('fffe') || mark.startsWith('feff')) return 'UTF-16';
  const start = bytes.subarray(0, 1024);
  const pairs = Math.floor(start.length / 2);
  const nuls = [0, 1].map((first) => start.filter((byte, index) => byte === 0 && index % 2 === first).length);
  return pairs > 0 && nuls.some((count) => count > pairs / 2) ? 'UTF-16 without a byte order mark' : undefined;
}

function invalidByte(bytes: Buffer): TextMistake {
  const at = firstInvalid(bytes);
  const { line, column } = placeFinder(
    bytes
      .subarray(0, at)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
  ).end;
  const byte = `0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;
  return { line, column, message: `this is not UTF-8 (byte ${byte}): save the file as UTF-8` };
}

/** Index of the byte from which on the bytes are no UTF-8. */
function firstInvalid(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0);
    if (at + length > bytes.length || !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return at;
}

function sequenceLength(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
