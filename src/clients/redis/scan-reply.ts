/** Goes over replies without making values of them: what a bulk load has to know is where each ends, and which ones failed. */

import { ReplyError } from './reply.ts';

/** What is odd about a reply. */
export interface Odd {
  /** The error that it is, or the first one in it. */
  readonly error?: ReplyError;
  /** `inside`: an error is a part of a list, whose other parts are not; `null`: there is no list. */
  readonly kind: 'error' | 'inside' | 'null';
}

export interface Scanned {
  /** Where the next reply begins; -1 while the end of this one has not arrived. */
  end: number;
  odd: Odd | undefined;
}

const [CR, PLUS, MINUS, COLON, DOLLAR, STAR, ZERO] = [13, 43, 45, 58, 36, 42, 48];

/**
 * @param into where the answer goes: one object for all replies.
 * @throws Error for bytes that no server of this protocol sends.
 */
export function scanReply(bytes: Buffer, start: number, into: Scanned): void {
  into.odd = undefined;
  into.end = endOf(bytes, start, into, true);
}

function endOf(bytes: Buffer, start: number, into: Scanned, isOuter: boolean): number {
  if (start >= bytes.length) return -1;
  const type = bytes[start];
  // A line ends with two characters.
  const lineEnd = bytes.indexOf(CR, start + 1);
  if (lineEnd === -1 || lineEnd + 2 > bytes.length) return -1;
  const end = lineEnd + 2;
  switch (type) {
    case PLUS:
    case COLON:
      return end;
    case MINUS:
      into.odd ??= {
        kind: isOuter ? 'error' : 'inside',
        error: new ReplyError(bytes.toString('utf8', start + 1, lineEnd)),
      };
      return end;
    case DOLLAR: {
      const length = lengthAt(bytes, start + 1, lineEnd);
      if (length < 0) return end;
      return end + length + 2 > bytes.length ? -1 : end + length + 2;
    }
    case STAR: {
      const length = lengthAt(bytes, start + 1, lineEnd);
      if (length < 0 && isOuter) into.odd ??= { kind: 'null' };
      let next = end;
      for (let item = 0; item < length && next !== -1; item++) next = endOf(bytes, next, into, false);
      return next;
    }
    default:
      throw new Error('what answers is no Redis server');
  }
}

function lengthAt(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] === MINUS) return -1;
  let length = 0;
  for (let at = start; at < end; at++) length = length * 10 + (bytes[at] ?? ZERO) - ZERO;
  return length;
}

/**
 * The entries of a reply to XRANGE, which was scanned: how many there are, and the id of the last one.
 * @returns an empty id for none.
 */
export function entriesIn(bytes: Buffer): { readonly count: number; readonly lastId: string } {
  const into: Scanned = { end: 0, odd: undefined };
  const lineEnd = bytes.indexOf(CR, 1);
  const count = lengthAt(bytes, 1, lineEnd);
  let at = lineEnd + 2;
  for (let entry = 1; entry < count; entry++) {
    scanReply(bytes, at, into);
    at = into.end;
  }
  if (count <= 0) return { count: 0, lastId: '' };
  // `*2`, then the id as `$15` and its text.
  const idLine = bytes.indexOf(CR, at) + 2;
  const idStart = bytes.indexOf(CR, idLine) + 2;
  return { count, lastId: bytes.toString('latin1', idStart, bytes.indexOf(CR, idStart)) };
}
