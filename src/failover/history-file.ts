import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StackctlError, systemCode } from '../errors.ts';
import { makeFolder } from '../lib/files.ts';

export interface HistoryFile {
  readonly path: string;
  /** Never throws: what could not be written is an error of `close`. */
  append(entry: object): void;
  /** Flushes to the disk. @throws E_DISK_FULL, E_STATE_UNWRITABLE for anything that could not be written. */
  close(): Promise<void>;
}

export interface HistoryFileInput {
  readonly folder: string;
  /** Sorts by time, so that the oldest files are the first ones. */
  readonly runId: string;
  /** Files that stay, this one included. */
  readonly keep: number;
}

/**
 * Opens `<folder>/<runId>.ndjson`, one JSON object a line, and deletes all but the newest `keep - 1` earlier files.
 * Lines reach the file while the run goes on, so a killed run leaves what it knew.
 * @throws E_DISK_FULL, E_STATE_UNWRITABLE.
 */
export async function openHistoryFile({ folder, runId, keep }: HistoryFileInput): Promise<HistoryFile> {
  const path = join(folder, `${runId}.ndjson`);
  await makeFolder(folder, 0o700);
  await dropOldest(folder, keep - 1);
  const handle = await open(path, 'ax', 0o600).catch((error: unknown) => Promise.reject(unwritable(path, error)));
  let lines: string[] = [];
  let accepting = true;
  let writing: Promise<void> | undefined;
  let failure: unknown;

  const writeAll = async () => {
    try {
      while (lines.length > 0) {
        const batch = lines.join('');
        lines = [];
        await handle.appendFile(batch);
      }
    } catch (error) {
      failure ??= error;
    } finally {
      writing = undefined;
    }
  };

  return {
    path,
    append: (entry) => {
      // An outcome that comes after an aborted run is not part of it.
      if (!accepting || failure !== undefined) return;
      lines.push(`${JSON.stringify(entry)}\n`);
      writing ??= writeAll();
    },
    close: async () => {
      accepting = false;
      await writing;
      try {
        await handle.sync();
      } catch (error) {
        failure ??= error;
      } finally {
        await handle.close();
      }
      if (failure !== undefined) throw unwritable(path, failure);
    },
  };
}

async function dropOldest(folder: string, keep: number): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  const extra = files.slice(0, Math.max(0, files.length - keep));
  await Promise.all(extra.map((name) => rm(join(folder, name), { force: true })));
}

function unwritable(path: string, cause: unknown): StackctlError {
  const full = systemCode(cause) === 'ENOSPC' || systemCode(cause) === 'EDQUOT';
  return new StackctlError(
    full ? 'E_DISK_FULL' : 'E_STATE_UNWRITABLE',
    full ? `no space left on the disk while writing ${path}` : `cannot write ${path} (${systemCode(cause) ?? cause})`,
    { hint: 'Free some space, or check the owner and the mode of the folder.', details: { file: path }, cause },
  );
}
