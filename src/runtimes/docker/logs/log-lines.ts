import { EventEmitter } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import type Dockerode from 'dockerode';

/** A line as the Engine keeps it. */
export interface StampedLine {
  /** RFC 3339 in UTC with nine digits after the second: comparable as text. Empty where the Engine gave none. */
  readonly stamp: string;
  readonly text: string;
}

/** A line and the instance that logged it. */
export type InstanceLine = StampedLine & { readonly instance: string };

/** Takes the frames of an answer apart and writes each to the stream that it belongs to: `modem.demuxStream` of dockerode. */
export type Demux = Dockerode['modem']['demuxStream'];

/** For every frame, `demuxStream` copies the rest of the piece twice: the time grows with the square of the size. */
const PIECE_BYTES = 1024;

/** The lines in an answer of `GET /containers/<id>/logs?timestamps=1`. A frame that the answer breaks off is left out. */
export async function* logLines(
  answer: AsyncIterable<Buffer> | Iterable<Buffer>,
  demux: Demux,
): AsyncGenerator<StampedLine> {
  const found: StampedLine[] = [];
  const source = new EventEmitter();
  const [stdout, stderr] = [lineReader(found), lineReader(found)];
  demux(source as NodeJS.ReadableStream, stdout.stream, stderr.stream);
  for await (const chunk of answer) {
    for (const piece of pieces(chunk)) {
      source.emit('data', piece);
      yield* found.splice(0);
    }
  }
  for (const { rest } of [stdout, stderr]) if (rest() !== '') yield stamped(rest());
}

function* pieces(chunk: Buffer): Generator<Buffer> {
  for (let start = 0; start < chunk.length; start += PIECE_BYTES) yield chunk.subarray(start, start + PIECE_BYTES);
}

/** Adds each whole line that is written to it to `found`. `rest`: what came after the last line break. */
function lineReader(found: StampedLine[]): { readonly stream: NodeJS.WritableStream; readonly rest: () => string } {
  const decoder = new StringDecoder('utf8');
  let unfinished = '';
  const write = (content: Buffer): void => {
    const lines = (unfinished + decoder.write(content)).split('\n');
    unfinished = lines.pop() ?? '';
    found.push(...lines.map(stamped));
  };
  return { stream: { write } as unknown as NodeJS.WritableStream, rest: () => unfinished };
}

function stamped(line: string): StampedLine {
  const space = line.indexOf(' ');
  const stamp = space < 0 ? line : line.slice(0, space);
  const text = space < 0 ? '' : line.slice(space + 1);
  return /^\d{4}-\d\d-\d\dT/.test(stamp) ? { stamp, text: text.replace(/\r$/, '') } : { stamp: '', text: line };
}
