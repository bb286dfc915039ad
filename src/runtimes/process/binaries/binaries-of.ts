import type { Service, Stack } from '../../../stack/contract/model.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { serverOf } from '../../../stack/derived/server-of.ts';
import { stackReference } from '../../../stack/load/stack-reference.ts';

/**
 * Paths of all server programs of these services by name.
 * @param stack named in the command that installs what is missing.
 * @throws E_BINARY_MISSING, E_BINARY_VERSION naming all that are unfit.
 */
export async function binariesOf(
  { env }: RuntimeInput,
  stack: Stack,
  services: readonly Service[],
): Promise<Readonly<Record<string, string>>> {
  const { findBinaries } = await import('./find.ts');
  const { pathsOrThrow } = await import('./report.ts');
  const { withVersionCache } = await import('./version-cache.ts');
  const needs = services.flatMap((service) => serverOf(service).binaries);
  const findings = await withVersionCache(env, (cache) => findBinaries(needs, env, cache));
  return pathsOrThrow(findings, process.platform, stackReference(stack));
}
