import type { MigrationFolder } from '../../src/stack/contract/migration-folder.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { factsOf } from '../../src/stack/contract/plugins.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { loadSpec } from '../../src/stack/load/load-spec.ts';
import { resolveStack } from '../../src/stack/load/resolve.ts';
import { resolveValues } from '../../src/stack/values/values.ts';
import { folderOf, PROGRAM_STACK_FILES, testPlugins } from './stack-fixtures.ts';

/** The stack of PROGRAM_STACK_YAML as a command would resolve it. */
export async function programStack(
  runtime: RuntimeName,
  files: Readonly<Record<string, string>> = PROGRAM_STACK_FILES,
): Promise<Stack> {
  await using folder = await folderOf(files);
  const loaded = await loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: testPlugins });
  const { values } = resolveValues({
    stack: loaded.spec.stack,
    specs: loaded.spec.values,
    given: [],
    profile: 'dev',
    generated: {},
    random: () => Buffer.alloc(32),
  });
  const identity = { name: 'shop', id: 'shop-1a2b', folder: '/project' };
  return resolveStack({
    loaded: { ...loaded, folder: '/stack', migrations: loaded.migrations.map(kept) },
    values,
    profile: 'dev',
    identity,
    runtime: factsOf(runtime),
  });
}

/** The folder is gone when the files are asked for. */
function kept(folder: MigrationFolder): MigrationFolder {
  const files = folder.files.map((file) => {
    const source = file.read();
    return { ...file, read: () => source };
  });
  return { ...folder, files };
}
