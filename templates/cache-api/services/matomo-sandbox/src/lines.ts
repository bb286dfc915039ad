import type { FileHandle } from 'node:fs/promises';

/** What is written to a file, in the order of the calls; each ends when its text is where a crash of the program does not reach it. */
export interface Lines {
  append(line: string): Promise<void>;
  /** Instead of all that is there. */
  replace(text: string): Promise<void>;
  close(): Promise<void>;
}

interface Batch {
  text: string;
  readonly written: Promise<void>;
}

/** Lines that come while others are being written go together in the next write. @param file undefined: nothing is written. */
export function linesOf(file: FileHandle | undefined): Lines {
  /** One write after the other. */
  let written: Promise<void> = Promise.resolve();
  /** Lines that no write has begun with yet. */
  let batch: Batch | undefined;
  const write = (work: (file: FileHandle) => Promise<void>): Promise<void> => {
    if (file !== undefined) written = written.then(() => work(file));
    return written;
  };
  const openBatch = (): Batch => {
    const own: Batch = {
      text: '',
      written: write((it) => {
        if (batch === own) batch = undefined;
        return it.appendFile(own.text);
      }),
    };
    return own;
  };
  return {
    append: (line) => {
      if (file === undefined) return written;
      batch ??= openBatch();
      batch.text += line;
      return batch.written;
    },
    replace: (text) => {
      // What comes from now on is written behind it.
      batch = undefined;
      return write(async (it) => {
        await it.truncate(0);
        await it.appendFile(text);
      });
    },
    close: () => write((it) => it.close()),
  };
}
