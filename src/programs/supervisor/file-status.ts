/**
 * What can be known of files without opening them. The calls are synchronous: over the threads of libuv each of them would
 * cost many times as much, and the supervisor makes them every second.
 */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { systemCode } from '../../errors.ts';

/** Another text for every file that is renamed to this path; undefined where there is no file. */
export function signatureOf(path: string): string | undefined {
  const found = statIfThere(path);
  return found && `${found.ino} ${found.mtimeMs} ${found.size}`;
}

/** In bytes; 0 where there is no file. */
export function sizeOf(path: string): number {
  return statIfThere(path)?.size ?? 0;
}

/** Names of what is in a folder; empty where there is no folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function statIfThere(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
