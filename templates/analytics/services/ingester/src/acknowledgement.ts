import type { Entry } from './entries.ts';
import { written } from './reader.ts';
import { placeOf } from './resp.ts';

/**
 * XACK of these entries, whose ids are written as they came: a command has its words in the form in which a reply has them. Pure.
 */
export function acknowledgement(stream: string, group: string, entries: readonly Entry[]): Buffer {
  const begin = `*${3 + entries.length}\r\n${written('XACK')}${written(stream)}${written(group)}`;
  const out = Buffer.allocUnsafe(Buffer.byteLength(begin) + entries.length * MOST_BYTES_OF_ID);
  let at = out.write(begin);
  for (const { reply, id } of entries) {
    const { from, size } = placeOf(reply, id);
    at += reply.bytes.copy(out, at, from - headBytes(size), from + size + LINE_END_BYTES);
  }
  return out.subarray(0, at);
}

const LINE_END_BYTES = 2;
/** Two numbers of 64 bits and a dash, with what is around them. */
const MOST_BYTES_OF_ID = 64;

/** Of `$15\r\n`. */
function headBytes(size: number): number {
  return 1 + String(size).length + LINE_END_BYTES;
}
