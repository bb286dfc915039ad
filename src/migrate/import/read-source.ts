import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StackctlError, systemCode } from '../../errors.ts';
import { unreadable } from '../../lib/file-errors.ts';
import { listFolder } from '../../lib/files.ts';
import { decodeSource } from '../../lib/source-text.ts';
import type { SourceFile } from './tool.ts';

/** What a migration may be in: texts, and programs, which are named but not read. */
const READ = /\.(?:sql|conf|dump)$/i;
const NAMED = /\.(?:go|java|kt|groovy|class)$/;

/**
 * The files of a folder and of its subfolders in the order of their names, or a single file.
 * @param shown what messages call the folder. @throws E_USAGE when there is nothing at `path`, E_STATE_UNREADABLE
 */
export async function readSource(path: string, shown: string): Promise<readonly SourceFile[]> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw unreadable(path, error);
    throw new StackctlError('E_USAGE', `there is no folder ${shown}`, {
      hint: 'Name the folder that the other tool reads, e.g. db/migrations.',
    });
  });
  if (found.isDirectory()) return readFolder(path, { shown, below: '' });
  return [await readOne(path, shown, basename(path))];
}

interface Below {
  readonly shown: string;
  readonly below: string;
}

async function readFolder(path: string, { shown, below }: Below): Promise<readonly SourceFile[]> {
  const entries = (await listFolder(path)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const read = entries.map(({ name }) => async (): Promise<readonly SourceFile[]> => {
    const [inside, text] = [join(path, name), join(shown, name)];
    if (name.startsWith('.') || name === 'node_modules') return [];
    const entry = await stat(inside).catch((error: unknown) => {
      throw unreadable(inside, error);
    });
    if (entry.isDirectory()) return readFolder(inside, { shown: text, below: `${below}${name}/` });
    if (READ.test(name)) return [await readOne(inside, text, `${below}${name}`)];
    return NAMED.test(name) ? [{ name: `${below}${name}`, path: text, text: '' }] : [];
  });
  const files: SourceFile[] = [];
  for (const next of read) files.push(...(await next()));
  return files;
}

async function readOne(path: string, shown: string, name: string): Promise<SourceFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return { name, path: shown, ...decodeSource(bytes) };
}
