import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { access, chmod, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorText, StackctlError, systemCode } from '../errors.ts';

/**
 * Writes a whole file or nothing: temporary file beside it, fsync, rename. Makes missing folders.
 * @throws E_DISK_FULL, E_STATE_UNWRITABLE, both naming the path.
 */
export async function writeFileAtomic(path: string, text: string, mode = 0o644): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await makeFolder(dirname(path));
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      // `open` applies the umask; the caller's mode is a promise (0600 for secrets), so set it exactly.
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path, error);
  }
}

/** Makes a folder and its parents. A folder that exists keeps its mode unless `mode` is given. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await makeWithParents(path, mode);
    if (mode !== undefined) await chmod(path, mode);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Not by `recursive: true`, which tries for ever where a folder is there and takes none (/proc). */
async function makeWithParents(path: string, mode?: number): Promise<void> {
  const parent = dirname(path);
  if (await isMade(path, mode)) return;
  if (parent !== path) await makeWithParents(parent, mode);
  if (!(await isMade(path, mode))) await mkdir(path); // for the error that it ends with
}

/** False where the folder that it should be in is not there. */
async function isMade(path: string, mode?: number): Promise<boolean> {
  try {
    await mkdir(path, mode);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    if (systemCode(error) === 'EEXIST' && (await stat(path)).isDirectory()) return true;
    throw error;
  }
}

/** Whether there is a file or folder at `path`, as far as this user can see. */
export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The file's text, or undefined when there is none. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
}

/** The first bytes of a file as text, or undefined when there is none. @throws E_STATE_UNREADABLE */
export async function readHeadIfThere(path: string, bytes: number): Promise<string | undefined> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
}

/** What is in a folder; nothing when there is no such folder. @throws E_STATE_UNREADABLE */
export async function listFolder(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw unreadable(path, error);
  }
}

/** Names of the folders in a folder; none when there is no such folder. @throws E_STATE_UNREADABLE */
export async function foldersIn(path: string): Promise<readonly string[]> {
  return (await listFolder(path)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Parsed JSON, or undefined when there is no file. @throws E_STATE_UNREADABLE for a file that is not JSON. */
export async function readJsonIfThere(path: string): Promise<unknown> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StackctlError('E_STATE_UNREADABLE', `${path} is not valid JSON: ${errorText(error)}`, {
      hint: 'The file was changed or cut off by something other than stackctl. Restore it, or move it away and run the command again.',
      details: { file: path },
      cause: error,
    });
  }
}

/** Writes a whole file or nothing, as `writeFileAtomic`. A file that holds this already stays as it is. */
export async function writeJson(path: string, value: unknown, mode = 0o644): Promise<void> {
  const text = jsonText(value);
  if (!(await isWritten(path, { text, mode }))) await writeFileAtomic(path, text, mode);
}

/** As JSON files of this program are written. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Whether a file holds this text and has this mode. @throws E_STATE_UNREADABLE */
export async function isWritten(
  path: string,
  { text, mode }: { readonly text: string; readonly mode: number },
): Promise<boolean> {
  if ((await readTextIfThere(path)) !== text) return false;
  return ((await stat(path)).mode & 0o777) === mode;
}

/**
 * Writes a file that means nothing after a crash of the machine: it need not have reached the disk.
 * @throws E_DISK_FULL, E_STATE_UNWRITABLE
 */
export async function writeBrief(path: string, text: string, mode: number): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeFile(path, text, { mode });
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** The error for a file that cannot be written. */
export function unwritable(path: string, error: unknown): StackctlError {
  if (error instanceof StackctlError) return error;
  const full = systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT';
  return new StackctlError(
    full ? 'E_DISK_FULL' : 'E_STATE_UNWRITABLE',
    full ? `no space left on the disk while writing ${path}` : `cannot write ${path}: ${errorText(error)}`,
    {
      hint: full
        ? 'Free some space and run the command again; nothing was lost.'
        : 'Check the owner and the mode of the folder.',
      details: { file: path },
      cause: error,
    },
  );
}

/** The error for a file that is there and cannot be read. */
export function unreadable(path: string, error: unknown): StackctlError {
  return new StackctlError('E_STATE_UNREADABLE', `cannot read ${path}: ${errorText(error)}`, {
    hint: 'Check its owner and its mode.',
    details: { file: path },
    cause: error,
  });
}
