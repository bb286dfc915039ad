import { closeSync, fstatSync, openSync, readSync, truncateSync, writeSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { systemCode } from '../../errors.ts';
import { sizeOf } from './file-status.ts';

export interface Rotation {
  readonly maxBytes: number;
  /** Old files kept: `server.log.1` is the newest of them. */
  readonly keep: number;
}

/**
 * Copies a log that has become too big and empties it. The server has its file open for appending and does not notice. The
 * copy is in place before the log is emptied: a follower that finds the log shorter reads on in the copy.
 * @returns whether it was rotated.
 */
export async function rotateLog(path: string, { maxBytes, keep }: Rotation): Promise<boolean> {
  if (sizeOf(path) < maxBytes) return false;
  const copy = `${path}.new`;
  await copyFile(path, copy);
  for (let n = keep - 1; n >= 1; n--) await moveIfThere(`${path}.${n}`, `${path}.${n + 1}`);
  await rename(copy, `${path}.1`);
  emptyInto(path, `${path}.1`);
  return true;
}

/** Adds what the server wrote during the copy. Synchronous to the end, so that the log is emptied right after the last read. */
function emptyInto(path: string, copy: string): void {
  const from = openSync(path, 'r');
  const to = openSync(copy, 'a');
  try {
    const buffer = Buffer.alloc(64 * 1024);
    let position = fstatSync(to).size;
    for (let read = readSync(from, buffer, 0, buffer.length, position); read > 0; ) {
      writeSync(to, buffer, 0, read);
      position += read;
      read = readSync(from, buffer, 0, buffer.length, position);
    }
    truncateSync(path);
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
