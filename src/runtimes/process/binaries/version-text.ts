import { join } from 'node:path';
import type { Service } from '../../../stack/contract/model.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { serverOf } from '../../../stack/derived/server-of.ts';

/** What the program that would be started now prints about its version. */
export async function versionText({ env, paths }: RuntimeInput, service: Service): Promise<string | undefined> {
  const [need] = serverOf(service).binaries;
  if (need === undefined) return undefined;
  const { findBinary, outputOf } = await import('./find.ts');
  const { withVersionCache } = await import('./version-cache.ts');
  const cacheFile = join(paths.supervisor, 'versions.json');
  const finding = await withVersionCache(cacheFile, (cache) => findBinary(need, env, cache));
  return finding.type === 'found' ? outputOf(finding.path, need.versionArgs, env) : undefined;
}
