import type { Stack } from '../../src/stack/contract/model.ts';
import { builtInPlugins, factsOf } from '../../src/stack/contract/plugins.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { loadSpec } from '../../src/stack/load/load-spec.ts';
import { resolveStack } from '../../src/stack/load/resolve.ts';
import { resolveValues } from '../../src/stack/values/values.ts';

/** A stack of the user's own in `folder`, of the real kinds, with the default values of its stack.yaml. */
export async function ownStack(folder: string, runtime: RuntimeName): Promise<Stack> {
  const loaded = await loadSpec({ folder, displayName: 'stack.yaml', plugins: builtInPlugins });
  const { values } = resolveValues({
    stack: loaded.spec.stack,
    specs: loaded.spec.values,
    given: [],
    profile: 'dev',
    generated: {},
    random: () => Buffer.alloc(32),
  });
  const identity = { name: 'own', id: 'own-000000', folder };
  return resolveStack({ loaded, values, profile: 'dev', identity, runtime: factsOf(runtime) });
}
