import { join } from 'node:path';
import { isThere, writeFileAtomic } from '../lib/files.ts';
import { starterConfig } from '../project/starter-config.ts';
import { builtInPlugins } from '../stack/contract/plugins.ts';
import { builtInStacks, findStack } from '../stack/load/catalog.ts';
import { loadSpec } from '../stack/load/load-spec.ts';
import type { StackSpec } from '../stack/load/spec.ts';
import type { CommandContext, CommandModule } from './line/command.ts';
import { editorLine } from './schemas.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.argument('[stack]', 'a built-in stack or the path of your own');
};

export const run: CommandModule['run'] = async (context, [stack]) => {
  const { cwd, templatesFolder, confirm } = context;
  const file = join(cwd, 'stackctl.yaml');
  const names = await builtInStacks(templatesFolder);
  const found = stack === undefined ? undefined : await specOf(stack, context);
  const text = starterConfig(found, names, stack);
  if (await isThere(file)) await confirm(`${file} exists. Replace it?`);
  await writeFileAtomic(file, `${editorLine(templatesFolder, cwd, 'config')}\n${text}`);
  const next = found === undefined ? 'stackctl up <stack>' : 'stackctl up';
  return {
    data: { file, stack: found?.stack ?? null, next },
    text: `Wrote ${file}\nNext: ${next}`,
  };
};

async function specOf(stack: string, { cwd, templatesFolder }: CommandContext): Promise<StackSpec> {
  const { folder } = await findStack(stack, templatesFolder, cwd);
  return (await loadSpec({ folder, plugins: builtInPlugins })).spec;
}
