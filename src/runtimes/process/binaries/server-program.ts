import type { Service } from '../../../stack/contract/model.ts';
import type { BinaryNeed } from '../../../stack/contract/needs.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { serverOf } from '../../../stack/derived/server-of.ts';

export interface ServerProgram {
  readonly need: BinaryNeed;
  readonly path: string;
}

/** The server program with which the instances of a service would be started now; undefined where there is none. */
export async function serverProgram({ env }: RuntimeInput, service: Service): Promise<ServerProgram | undefined> {
  const [need] = serverOf(service).binaries;
  if (need === undefined) return undefined;
  const { findBinary } = await import('./find.ts');
  const { withVersionCache } = await import('./version-cache.ts');
  const finding = await withVersionCache(env, (cache) => findBinary(need, env, cache));
  return finding.type === 'found' ? { need, path: finding.path } : undefined;
}
