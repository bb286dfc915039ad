import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readTextIfThere } from '../lib/files.ts';
import { ignoredBy } from './docker-ignore.ts';

/** Never part of a program that is built: what a package manager or git put there. */
const LEFT_OUT = new Set(['node_modules', '.git']);

/**
 * Hash of the names and bytes of every file below a folder that a build gets to see (.dockerignore); empty text where there
 * is none.
 */
export async function folderContent(folder: string): Promise<string> {
  const isIgnored = ignoredBy((await readTextIfThere(join(folder, '.dockerignore'))) ?? '');
  const files = (await filesBelow(folder)).filter((file) => file === 'Dockerfile' || !isIgnored(file));
  if (files.length === 0) return '';
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = await readFile(join(folder, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesBelow(folder: string, root = folder): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = entries
    .filter(({ name }) => !LEFT_OUT.has(name))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, root);
      return entry.isFile() ? [relative(root, path).replaceAll('\\', '/')] : [];
    });
  return (await Promise.all(found)).flat().sort();
}
