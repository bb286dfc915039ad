import { dirname, join } from 'node:path';
import { isThere, readTextIfThere, writeFileAtomic } from '../lib/files.ts';

/**
 * Has git ignore a file with secrets: a line in the `.gitignore` beside it, where there is none that names it.
 * @param folder absolute.
 * @returns the file that was written; undefined: nothing was to be done, or the folder is in no repository.
 */
export async function ignoreLocal(folder: string, name: string): Promise<string | undefined> {
  const file = join(folder, '.gitignore');
  const before = await readTextIfThere(file);
  if (before === undefined && !(await isInRepository(folder))) return undefined;
  const lines = (before ?? '').split(/\r?\n/).map((line) => line.trim());
  if (lines.some((line) => line === name || line === `/${name}`)) return undefined;
  const gap = before === undefined || before === '' || before.endsWith('\n') ? '' : '\n';
  await writeFileAtomic(file, `${before ?? ''}${gap}/${name}\n`);
  return file;
}

/** `.git` is a folder, or in a work tree a file. */
async function isInRepository(folder: string): Promise<boolean> {
  if (await isThere(join(folder, '.git'))) return true;
  return folder === dirname(folder) ? false : isInRepository(dirname(folder));
}
