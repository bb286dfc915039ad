import { appendFileSync, ftruncateSync } from 'node:fs';
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
  write(): void;
}

/**
 * Lines of one turn of the event loop go together in one write. It is waited for at once: to hand it to another thread takes longer than the write
 * itself, which ends in the system's memory. @param file undefined: nothing is written.
 */
export function linesOf(file: FileHandle | undefined): Lines {
  if (file === undefined) return { append: nothing, replace: nothing, close: nothing };
  let batch: Batch | undefined;
  const flush = (): void => {
    batch?.write();
    batch = undefined;
  };
  return {
    append: (line) => {
      if (batch === undefined) {
        batch = batchFor(file);
        setImmediate(flush);
      }
      batch.text += line;
      return batch.written;
    },
    replace: async (text) => {
      flush();
      ftruncateSync(file.fd, 0);
      appendFileSync(file.fd, text);
    },
    close: async () => {
      flush();
      await file.close();
    },
  };
}

function batchFor({ fd }: FileHandle): Batch {
  let write: () => void = () => undefined;
  const written = new Promise<void>((resolve, reject) => {
    write = () => {
      try {
        appendFileSync(fd, batch.text);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
  });
  const batch: Batch = { text: '', written, write };
  return batch;
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
