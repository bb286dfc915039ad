/** Recordings for tests: written, cut into chunks, read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { openRecording, type RecordingInput } from '../../../src/traffic/replay/open-recording.ts';
import type { RecordedItem, RecordingFormat } from '../../../src/traffic/replay/recorded-item.ts';
import { createTally, type LeftOut } from '../../../src/traffic/replay/tally.ts';

export interface Read {
  readonly format: RecordingFormat;
  readonly items: readonly RecordedItem[];
  readonly leftOut: readonly LeftOut[];
  readonly cutOffLines: number;
  readonly withoutCredentials: number;
}

/** As it comes over standard input, in these pieces. */
export function inputOf(chunks: readonly (string | Uint8Array)[], more: Partial<RecordingInput> = {}): RecordingInput {
  return {
    ...{ path: '-', stdin: Readable.from(chunks.map((chunk) => Buffer.from(chunk))) },
    ...{ signal: new AbortController().signal, format: undefined, timeField: undefined, keepCredentials: false },
    ...more,
  };
}

export async function read(input: RecordingInput): Promise<Read> {
  const tally = createTally();
  const { format, items } = await openRecording(input, tally);
  const all: RecordedItem[] = [];
  for await (const item of items) all.push(item);
  const { leftOut, cutOffLines, withoutCredentials } = tally;
  return { format, items: all, leftOut, cutOffLines, withoutCredentials };
}

export function readText(text: string | Uint8Array, more: Partial<RecordingInput> = {}): Promise<Read> {
  return read(inputOf([text], more));
}

/** Sizes of chunks; a text of more bytes than they have together is cut by the same ones again. */
export const chunkSizes = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })), {
  minLength: 1,
  maxLength: 8,
});

/** Cuts between any two bytes, those of one character included. */
export function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    chunks.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return chunks;
}

/** A folder for the time of a test. */
export function openFolder() {
  const path = mkdtempSync(join(tmpdir(), 'stackctl-replay-'));
  return {
    path,
    write: (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
