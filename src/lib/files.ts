/**
 * Files of projects are small and near. Their functions return promises and make synchronous calls all the same: over the
 * threads of libuv each call takes ten times as long as it does by itself. Only what waits for the disk (fsync), and deletes
 * folders of any size, goes there.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  type Dirent,
  existsSync,
  fchmodSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errorText, StackctlError, systemCode } from '../errors.ts';
import { unreadable, unwritable } from './file-errors.ts';

/**
 * Writes a whole file or nothing: temporary file beside it, fsync, rename. Makes missing folders.
 * @throws E_DISK_FULL, E_STATE_UNWRITABLE, both naming the path.
 */
export async function writeFileAtomic(path: string, text: string, mode = 0o644): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await makeFolder(dirname(path));
    const file = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(file, text);
      // `open` applies the umask; the caller's mode is a promise (0600 for secrets), so set it exactly.
      fchmodSync(file, mode);
      await promisify(fsync)(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    await removeFile(temporary).catch(() => undefined);
    throw unwritable(path, error);
  }
}

/** Makes a folder and its parents. A folder that exists keeps its mode unless `mode` is given. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    makeWithParents(path, mode);
    if (mode !== undefined) chmodSync(path, mode);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Not by `recursive: true`, which tries for ever where a folder is there and takes none (/proc). */
function makeWithParents(path: string, mode?: number): void {
  const parent = dirname(path);
  if (isMade(path, mode)) return;
  if (parent !== path) makeWithParents(parent, mode);
  if (!isMade(path, mode)) mkdirSync(path); // for the error that it ends with
}

/** False where the folder that it should be in is not there. */
function isMade(path: string, mode?: number): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return true;
  try {
    mkdirSync(path, mode);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    if (systemCode(error) === 'EEXIST' && statSync(path).isDirectory()) return true;
    throw error;
  }
}

/** Whether there is a file or folder at `path`, as far as this user can see. */
export async function isThere(path: string): Promise<boolean> {
  return existsSync(path);
}

/** Undefined where there is nothing, or nothing that this user can see. */
export function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** No file is fine. */
export async function removeFile(path: string): Promise<void> {
  rmSync(path, { force: true });
}

/** The file's text, or undefined when there is none. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
}

/** The first bytes of a file as text, or undefined when there is none. @throws E_STATE_UNREADABLE */
export async function readHeadIfThere(path: string, bytes: number): Promise<string | undefined> {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0)).toString('utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
}

/** What is in a folder; nothing when there is no such folder. @throws E_STATE_UNREADABLE */
export async function listFolder(path: string): Promise<readonly Dirent[]> {
  try {
    return readdirSync(path, { withFileTypes: true });
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
  return (statSync(path).mode & 0o777) === mode;
}

/**
 * Writes a file that means nothing after a crash of the machine: it need not have reached the disk.
 * @throws E_DISK_FULL, E_STATE_UNWRITABLE
 */
export async function writeBrief(path: string, text: string, mode: number): Promise<void> {
  try {
    await makeFolder(dirname(path));
    writeFileSync(path, text, { mode });
  } catch (error) {
    throw unwritable(path, error);
  }
}
