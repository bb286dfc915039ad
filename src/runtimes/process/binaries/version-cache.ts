import { readJsonIfThere, writeJson } from '../../../lib/files.ts';
import type { VersionCache } from './find.ts';

/** Calls `use` with the versions that the file remembers and writes what was learned. A server may take a second to print its version. */
export async function withVersionCache<T>(path: string, use: (cache: VersionCache) => Promise<T>): Promise<T> {
  const known = new Map(Object.entries(((await readJsonIfThere(path)) ?? {}) as Record<string, string>));
  let learned = false;
  const result = await use({
    get: (key) => known.get(key),
    set: (key, version) => {
      known.set(key, version);
      learned = true;
    },
  });
  if (learned) await writeJson(path, Object.fromEntries(known));
  return result;
}
