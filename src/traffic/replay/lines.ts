/** Bytes to lines, with no more in memory than a chunk and the line that is not complete. */
import { isUtf8 } from 'node:buffer';
import { formatBytes } from '../../lib/bytes.ts';
import { type RecordingSource, recordingInvalid } from './source.ts';

export interface RecordedLine {
  /** From 1. */
  readonly number: number;
  /** Without the line feed and, of the first line, the byte order mark; a carriage return before the line feed stays. */
  readonly text: string;
  /** False: the file ends without a line feed, so it may have been cut off in this line. */
  readonly isEnded: boolean;
}

/** `latin1`: a character for each byte. */
export type LineEncoding = 'utf8' | 'latin1';

const LINE_FEED = 10;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * The lines of each chunk together. What follows the last line feed is a line unless it is empty; where it ends within a
 * character it is counted as cut off.
 * @throws E_RECORDING_INVALID for a line that is too long, and for one that is no UTF-8 where that is the encoding.
 */
export async function* linesOf(
  source: RecordingSource,
  encoding: LineEncoding = 'utf8',
): AsyncGenerator<readonly RecordedLine[]> {
  let number = 1;
  const rest = createRest(source);
  const read = (bytes: Buffer): string => {
    const plain = number === 1 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
    if (encoding === 'utf8' && !isUtf8(plain)) throw recordingInvalid(source.file, { line: number, message: NOT_UTF8 });
    return plain.toString(encoding);
  };
  for await (const chunk of source.chunks) {
    const lines: RecordedLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      lines.push({ number, text: read(rest.with(chunk.subarray(start, end), number)), isEnded: true });
      number += 1;
      start = end + 1;
    }
    rest.keep(chunk.subarray(start), number);
    if (lines.length > 0) yield lines;
  }
  const last = rest.with(Buffer.alloc(0), number);
  if (last.length === 0) return;
  if (encoding === 'utf8' && !isUtf8(last) && endsWithinCharacter(last)) source.tally.cutOff();
  else yield [{ number, text: read(last), isEnded: false }];
}

const NOT_UTF8 = 'is not UTF-8: save the file as UTF-8';

/** The beginning of a line whose end is in a later chunk. */
function createRest({ file, longestBytes }: RecordingSource) {
  let parts: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer, number: number): void => {
    length += part.length;
    if (length > longestBytes)
      throw recordingInvalid(file, { line: number, message: `is longer than ${formatBytes(longestBytes)}` });
    if (part.length > 0) parts.push(part);
  };
  return {
    keep,
    /** What was kept and this behind it; nothing is kept then. */
    with: (part: Buffer, number: number): Buffer => {
      keep(part, number);
      const [only = part] = parts;
      const whole = parts.length > 1 ? Buffer.concat(parts, length) : only;
      parts = [];
      length = 0;
      return whole;
    },
  };
}

/** Whether all but the last bytes, too few for a character, are UTF-8. A character has at most four bytes. */
function endsWithinCharacter(bytes: Buffer): boolean {
  return [1, 2, 3].some((missing) => {
    const first = bytes[bytes.length - missing] ?? 0;
    return first >= 0xc2 && first <= 0xf4 && isUtf8(bytes.subarray(0, -missing));
  });
}
