import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

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
