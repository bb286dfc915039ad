import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readTextIfThere, writeJson } from './files.ts';

/**
 * Where this user keeps what can be fetched again. Like the list of projects it follows from the environment alone, so
 * that it is the same folder under sudo and in CI. `XDG_CACHE_HOME` counts on every platform.
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>, platform = process.platform): string {
  const { XDG_CACHE_HOME: cache, LOCALAPPDATA: local } = env;
  if (cache !== undefined && isAbsolute(cache)) return join(cache, 'stackctl');
  const home = env.HOME || homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'stackctl');
  if (platform === 'win32') return join(local || join(home, 'AppData', 'Local'), 'stackctl', 'cache');
  return join(home, '.cache', 'stackctl');
}

/** Written last, so that a folder that was filled half way does not count. */
const MARKER = 'complete.json';

/** Says that the folder now holds all of `contents`, e.g. names of packages. @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function markComplete(folder: string, contents: readonly string[]): Promise<void> {
  await writeJson(join(folder, MARKER), contents);
}

/** Whether the folder was filled to the end, and with exactly these contents. */
export async function isComplete(folder: string, contents: readonly string[]): Promise<boolean> {
  const text = await readTextIfThere(join(folder, MARKER));
  return text !== undefined && text.trim() === JSON.stringify(contents, null, 2);
}
