import { statSync } from 'node:fs';

/** What the file system says of a file without reading it. */
export interface FileStamp {
  /** Equal as long as nobody has written to the file; only as good as the clock of its file system, see `changedMs`. */
  readonly numbers: StampNumbers;
  /** The last change of its content or of its name, owner and mode: milliseconds since 1970. */
  readonly changedMs: number;
}

/** Size, number of the file, last change of its content, last change of what is known of it. */
export type StampNumbers = readonly [size: number, inode: number, modifiedMs: number, changedMs: number];

/** Undefined for a file that is not there or cannot be asked for. */
export function fileStamp(path: string): FileStamp | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const { size, ino, mtimeMs, ctimeMs } = found;
  return { numbers: [size, ino, mtimeMs, ctimeMs], changedMs: Math.max(mtimeMs, ctimeMs) };
}
