import { readdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { allDone } from '../lib/all-done.ts';
import { isWritten, makeFolder, writeFileAtomic } from '../lib/files.ts';
import type { RenderedFile } from '../stack/contract/files.ts';

export interface WriteOptions {
  /** Delete every other file in the folder: only for a folder that nothing else writes to. */
  readonly prune: boolean;
  /** With `prune`: other files that stay all the same, by their path in the folder. */
  readonly keep?: (path: string) => boolean;
}

/**
 * Makes `folder` hold these files: writes what differs, file by file and atomically. Folders stay, a container may have
 * one mounted.
 */
export async function writeRendered(
  folder: string,
  files: readonly RenderedFile[],
  { prune, keep = () => false }: WriteOptions,
): Promise<void> {
  await makeFolder(folder);
  // Whatever the umask is: a server in a container reads the folder that is mounted as another user.
  for (const name of new Set(files.map(({ path }) => dirname(path)))) {
    if (name !== '.') await makeFolder(join(folder, name), 0o755);
  }
  // At the same time: each waits for the disk.
  await allDone(
    files.map(async (file) => {
      const path = join(folder, file.path);
      if (!(await isWritten(path, file))) await writeFileAtomic(path, file.text, file.mode);
    }),
  );
  if (!prune) return;
  const wanted = new Set(files.map(({ path }) => path));
  for (const path of await filesBelow(folder)) {
    if (!wanted.has(path) && !keep(path)) await rm(join(folder, path), { force: true });
  }
}

/** Relative paths of all files below a folder, `/` as separator, sorted; empty when there is no folder. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}
