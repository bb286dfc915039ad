/** A line as the Engine keeps it. */
export interface StampedLine {
  /** RFC 3339 in UTC with nine digits after the second: comparable as text. Empty where the Engine gave none. */
  readonly stamp: string;
  readonly text: string;
}

const HEADER = 8;

/**
 * The lines in an answer of `GET /containers/<id>/logs?timestamps=1`. Format (Docker Engine API, "Attach to a container"):
 * frames of one byte for the stream, three of zero, four of length (big endian), then the content.
 */
export async function* logLines(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<StampedLine> {
  const unfinished = new Map<number, string>();
  for await (const { stream, text } of frames(chunks)) {
    const lines = ((unfinished.get(stream) ?? '') + text).split('\n');
    unfinished.set(stream, lines.pop() ?? '');
    for (const line of lines) yield stamped(line);
  }
  for (const line of unfinished.values()) if (line !== '') yield stamped(line);
}

async function* frames(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<{ readonly stream: number; readonly text: string }> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= HEADER) {
      const end = HEADER + pending.readUInt32BE(4);
      if (pending.length < end) break;
      yield { stream: pending.readUInt8(0), text: pending.toString('utf8', HEADER, end) };
      pending = pending.subarray(end);
    }
  }
}

function stamped(line: string): StampedLine {
  const space = line.indexOf(' ');
  const stamp = space < 0 ? line : line.slice(0, space);
  const text = space < 0 ? '' : line.slice(space + 1);
  return /^\d{4}-\d\d-\d\dT/.test(stamp) ? { stamp, text: text.replace(/\r$/, '') } : { stamp: '', text: line };
}

/** An instant as the Engine's `since` takes it: seconds and, after the point, nanoseconds. */
export function sinceParameter(stamp: string): string {
  const fraction = /\.(\d+)Z$/.exec(stamp)?.[1] ?? '0';
  return `${Math.floor(Date.parse(stamp) / 1000)}.${fraction.padEnd(9, '0')}`;
}
