import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { systemCode } from '../../../errors.ts';

const CHUNK_BYTES = 256 * 1024;

/** Reads a growing log from its start, each call from where the last one ended. */
export interface LogReader {
  /** Complete lines since the last call; all rotated files first at the first call. */
  next(): Promise<readonly string[]>;
  /** A last line that has no line end (yet). */
  rest(): string;
}

/**
 * The log may not be there yet, be rotated (`.1` is the copy of what was there, then it is emptied) or be emptied by
 * hand: no line is returned twice, and a line is lost only when a second rotation came before it was read.
 */
export function openLog(path: string, rotated: number): LogReader {
  const decoder = new StringDecoder('utf8');
  let offset = 0;
  let copy: string | undefined;
  let begun = false;
  let rest = '';

  async function* chunks(): AsyncGenerator<Buffer> {
    const copyNow = await signature(`${path}.1`);
    const size = (await sizeOf(path)) ?? 0;
    if (!begun) {
      for (let n = rotated; n >= 1; n--) yield* readFrom(`${path}.${n}`, 0);
      begun = true;
      copy = copyNow;
    } else if (size < offset) {
      if (copyNow !== copy) yield* readFrom(`${path}.1`, offset);
      copy = copyNow;
      offset = 0;
    }
    for await (const chunk of readFrom(path, offset)) {
      offset += chunk.length;
      yield chunk;
    }
  }

  return {
    rest: () => rest,
    next: async () => {
      const lines: string[] = [];
      for await (const chunk of chunks()) {
        const parts = (rest + decoder.write(chunk)).split('\n');
        rest = parts.pop() ?? '';
        lines.push(...parts);
      }
      return lines;
    },
  };
}

async function* readFrom(path: string, start: number): AsyncGenerator<Buffer> {
  const handle = await openIfThere(path);
  if (handle === undefined) return;
  try {
    for (let position = start; ; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await statIfThere(path))?.size;
}

async function signature(path: string): Promise<string | undefined> {
  const found = await statIfThere(path);
  return found === undefined ? undefined : `${found.ino} ${found.mtimeMs} ${found.size}`;
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
