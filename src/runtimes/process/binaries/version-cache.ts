import { join } from 'node:path';
import { cacheFolder } from '../../../lib/cache-folder.ts';
import { readTextIfThere, writeJson } from '../../../lib/files.ts';
import type { Env, VersionCache } from './find.ts';

/** A program that is installed again is another entry. */
const MOST = 200;

/**
 * Calls `use` with the versions that this user's stackctl has learned, and keeps what is new. A server may take a second to
 * print its version. Without a cache that can be read or written everything works as well, only slower.
 */
export async function withVersionCache<T>(env: Env, use: (cache: VersionCache) => Promise<T>): Promise<T> {
  const path = join(cacheFolder(env), 'versions.json');
  const known = await readVersions(path);
  const learned = new Map<string, string>();
  const result = await use({
    get: (key) => learned.get(key) ?? known.get(key),
    set: (key, version) => void learned.set(key, version),
  });
  if (learned.size > 0) {
    const all = [...(await readVersions(path)), ...learned].slice(-MOST);
    await writeJson(path, Object.fromEntries(all), 0o600).catch(() => undefined);
  }
  return result;
}

async function readVersions(path: string): Promise<ReadonlyMap<string, string>> {
  try {
    const json: unknown = JSON.parse((await readTextIfThere(path)) ?? '{}');
    const entries = Object.entries(json ?? {});
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return new Map(); // cut off, or not ours to read
  }
}
