/** Every kind, each with a small stack of its own: what the suites of kinds loop over. */
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { builtInPlugins, factsOf, kindNames, loadKind, type PluginSource } from '../../src/stack/contract/plugins.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { loadSpec } from '../../src/stack/load/load-spec.ts';
import { resolveStack } from '../../src/stack/load/resolve.ts';
import { resolveValues } from '../../src/stack/values/values.ts';
import { ROOT } from './cli.ts';
import { folderOf } from './stack-fixtures.ts';

/** Kinds that only tests know. They pass what every kind has to: so a new kind is one folder and nothing else. */
export const EXTRA_KINDS = readdirSync(join(ROOT, 'test/extra/kinds'));

export const allKinds: PluginSource = {
  ...builtInPlugins,
  kindNames: () => [...kindNames(), ...EXTRA_KINDS].sort(),
  loadKind: async (name) => {
    if (!EXTRA_KINDS.includes(name)) return loadKind(name);
    return ((await import(`../extra/kinds/${name}/index.ts`)) as { readonly kind: Kind }).kind;
  },
};

/** Name of the service of that kind in its example. */
export const EXAMPLE_SERVICE = 'it';

/**
 * Puts a stack with a service of this kind into a folder: `src/kinds/<kind>/example`, for a kind that needs more than
 * its name in stack.yaml, else one service and nothing else.
 */
export async function writeExample(kind: string, folder: string): Promise<void> {
  const own = join(ROOT, EXTRA_KINDS.includes(kind) ? 'test/extra/kinds' : 'src/kinds', kind, 'example');
  if (existsSync(own)) return cp(own, folder, { recursive: true });
  await mkdir(folder, { recursive: true });
  const text = `stack: example\ndescription: one service\nservices: {${EXAMPLE_SERVICE}: {kind: ${kind}}}\n`;
  await writeFile(join(folder, 'stack.yaml'), text);
}

/** The example of a kind as a command would resolve it. @param secrets what a value of type secret holds. */
export async function exampleStack(
  kind: string,
  runtime: RuntimeName,
  secrets: (name: string) => string = () => 's3cret',
): Promise<Stack> {
  await using folder = await folderOf({});
  await writeExample(kind, folder.path);
  const loaded = await loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: allKinds });
  const names = Object.entries(loaded.spec.values).flatMap(([name, { type }]) => (type === 'secret' ? [name] : []));
  const { values } = resolveValues({
    stack: loaded.spec.stack,
    specs: loaded.spec.values,
    given: names.map((name) => ({ name, given: secrets(name), origin: '--set' })),
    profile: 'dev',
    generated: {},
    random: () => Buffer.alloc(32),
  });
  const identity = { name: 'example', id: `example-${kind}`, folder: '/project' };
  return resolveStack({ loaded, values, profile: 'dev', identity, runtime: factsOf(runtime) });
}
