/** The bytes of a recording, unpacked. */
import { createReadStream } from 'node:fs';
import { addAbortSignal, pipeline, Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { errorText, StackctlError, systemCode } from '../../errors.ts';
import { unreadable } from '../../lib/file-errors.ts';
import { recordingInvalid } from './source.ts';

/** Four times as much is no faster, and leaves twice as much memory to be collected. */
const CHUNK_BYTES = 64 * 1024;

const GZIP = Buffer.of(0x1f, 0x8b);

export interface ByteSource {
  /** `-` is standard input. */
  readonly path: string;
  readonly stdin: Readable;
  /** Ends the reading, also one that waits for what comes next. */
  readonly signal: AbortSignal;
}

export const STANDARD_INPUT = '-';

/**
 * The bytes as they are. A file is opened with the first chunk, and closed when the last one was read or the reader stops.
 * @throws E_RECORDING_NOT_FOUND; E_STATE_UNREADABLE; the reason of the signal.
 */
export async function* chunksOf({ path, stdin, signal }: ByteSource): AsyncGenerator<Buffer> {
  const stream = path === STANDARD_INPUT ? stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of addAbortSignal(signal, stream)) yield chunk as Buffer;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw unreadable(path, error);
    throw new StackctlError('E_RECORDING_NOT_FOUND', `there is no recording ${path}`, {
      hint: 'Give the path of a file, or - for standard input.',
      details: { file: path },
    });
  }
}

/**
 * The same bytes, unpacked where they begin as gzip does (RFC 1952), whatever the file is called; of a file that was cut off, as
 * far as it goes.
 * @throws E_RECORDING_INVALID for damaged gzip, and what reading `packed` throws.
 */
export async function* unpacked(file: string, packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { head, all } = await peeked(packed, ({ length }) => length >= GZIP.length);
  if (!head.subarray(0, GZIP.length).equals(GZIP)) {
    yield* all;
    return;
  }
  // Ends with what there is, where it would otherwise take a missing end for an error and lose what it has unpacked.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK_BYTES });
  pipeline(Readable.from(all), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (systemCode(error)?.startsWith('Z_') !== true) throw error;
    throw recordingInvalid(file, { message: `is damaged, it cannot be unpacked with gzip: ${errorText(error)}` });
  }
}

export interface Peeked {
  /** What was read to look at it. */
  readonly head: Buffer;
  /** Everything, from the beginning; to be read once. */
  readonly all: AsyncGenerator<Buffer>;
}

/** Reads until the beginning is enough, or all there is. No more: the rest may come much later. */
export async function peeked(chunks: AsyncIterable<Buffer>, isEnough: (head: Buffer) => boolean): Promise<Peeked> {
  const source = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (!isEnough(head)) {
    const { done, value } = await source.next();
    if (done === true) break;
    head = Buffer.concat([head, value as Buffer]);
  }
  return { head, all: rejoined(head, source) };
}

async function* rejoined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
