import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readTextIfThere } from '../../lib/files.ts';
import { sha256 } from '../../lib/sha256.ts';

/** Never part of a program: what git, a package manager, an interpreter or stackctl itself put there. */
const LEFT_OUT_FOLDERS: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.venv',
  '__pycache__',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  '.stackctl',
]);
/** A folder with this file is a virtual environment of Python, whatever it is called. */
const VENV_FILE = 'pyvenv.cfg';
/** Written by programs only, never by people. */
const LEFT_OUT_FILES = /(\.log|\.pid|^\.DS_Store)$/;

/** How a database begins, see sqlite.org/fileformat.html. */
const SQLITE = Buffer.from('SQLite format 3\0');

export interface FolderContent {
  /** Of the names and bytes of all files; empty text where there is none. */
  readonly hash: string;
  /** Path in the folder -> hash of its bytes. */
  readonly files: ReadonlyMap<string, string>;
  /** Those that are databases of SQLite. */
  readonly databases: ReadonlySet<string>;
  /** Whether .dockerignore leaves a path out. */
  readonly isIgnored: (path: string) => boolean;
}

/**
 * The files below a folder that make up the program there: all that a build gets to see (.dockerignore), but for what is
 * never part of a program.
 * @param except paths that do not count either.
 */
export async function folderContent(
  folder: string,
  except: (path: string) => boolean = () => false,
): Promise<FolderContent> {
  const isIgnored = await ignoredIn(folder);
  const paths = (await filesBelow(folder)).filter(
    (path) => path === 'Dockerfile' || !(isIgnored(path) || except(path)),
  );
  const hash = createHash('sha256');
  const files = new Map<string, string>();
  const databases = new Set<string>();
  for (const path of paths) {
    const bytes = await readFile(join(folder, path));
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
    if (bytes.subarray(0, SQLITE.length).equals(SQLITE)) databases.add(path);
    files.set(path, sha256(bytes).slice(0, 16));
  }
  return { hash: paths.length === 0 ? '' : hash.digest('hex').slice(0, 16), files, databases, isIgnored };
}

async function ignoredIn(folder: string): Promise<(path: string) => boolean> {
  const text = await readTextIfThere(join(folder, '.dockerignore'));
  if (text === undefined) return () => false;
  // The matcher is a library, and most commands work on a stack without programs.
  return (await import('./docker-ignore.ts')).ignoredBy(text);
}

async function filesBelow(folder: string, root = folder): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (folder !== root && entries.some(({ name }) => name === VENV_FILE)) return [];
  const found = entries
    .filter((entry) => !(entry.isDirectory() ? LEFT_OUT_FOLDERS.has(entry.name) : LEFT_OUT_FILES.test(entry.name)))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, root);
      return entry.isFile() ? [relative(root, path).replaceAll('\\', '/')] : [];
    });
  return (await Promise.all(found)).flat().sort();
}
