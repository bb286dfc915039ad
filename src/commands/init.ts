import { join, relative, resolve } from 'node:path';
import { StackctlError } from '../errors.ts';
import { isThere, writeFileAtomic } from '../lib/files.ts';
import { starterConfig } from '../project/starter-config.ts';
import { makeStarterStack } from '../project/starter-stack.ts';
import { builtInPlugins } from '../stack/contract/plugins.ts';
import { builtInStacks, findStack } from '../stack/load/catalog.ts';
import { loadSpec } from '../stack/load/load-spec.ts';
import type { StackSpec } from '../stack/load/spec.ts';
import { takeOver } from './init-from.ts';
import type { CommandContext, CommandModule } from './line/command.ts';
import { editorLine } from './schemas.ts';

interface InitFlags {
  /** Folder of a stack that is made. */
  readonly new: string | undefined;
  /** A Compose file. */
  readonly from: string | undefined;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'a built-in stack or the path of your own')
    .option(
      '--new <folder>',
      'make a small stack of your own there, which runs as it is: a database, a program, a migration, a traffic profile',
    )
    .option('--from <file>', 'a Compose file: it becomes a stack.yaml beside it, and the stack of this folder');
};

export const run: CommandModule<InitFlags>['run'] = async (context, [given], flags) => {
  const { cwd, templatesFolder, confirm } = context;
  const file = join(cwd, 'stackctl.yaml');
  if (flags.new !== undefined && given !== undefined) throw twoStacks('--new', given);
  if (flags.from !== undefined) {
    const other = flags.new === undefined ? given : '--new';
    if (other !== undefined) throw twoStacks('--from', other);
    return takeOver(context, flags.from);
  }
  const made = flags.new === undefined ? undefined : resolve(cwd, flags.new);
  if (made !== undefined) await makeStarter(context, made);
  const stack = made === undefined ? given : `./${relative(cwd, made)}`;
  const names = await builtInStacks(templatesFolder);
  const found = stack === undefined ? undefined : await specOf(stack, context);
  const text = starterConfig(found, names, stack);
  if (await isThere(file)) await confirm(`${file} exists. Replace it?`);
  await writeFileAtomic(file, `${editorLine(templatesFolder, cwd, 'config')}\n${text}`);
  const next = found === undefined ? 'stackctl up <stack>' : 'stackctl up';
  return {
    data: { file, stack: found?.stack ?? null, next },
    text: [
      ...(made === undefined ? [] : [`Made ${made}`]),
      `Wrote ${file}`,
      `Next: ${next}`,
      ...(found === undefined ? OTHER_WAYS : []),
    ].join('\n'),
  };
};

/** Where a stack may come from. */
const OTHER_WAYS = [
  '  stackctl templates                 the stacks that are built in',
  '  stackctl init --new ./x            a small one of your own',
  '  stackctl init --from compose.yaml  one made of your Compose file',
];

function twoStacks(option: '--new' | '--from', given: string): StackctlError {
  return new StackctlError('E_USAGE', `${option} makes a stack: ${given} cannot be given with it`, {
    hint: `stackctl init ${option} ${option === '--new' ? './my-stack' : 'compose.yaml'}`,
  });
}

async function makeStarter({ templatesFolder }: CommandContext, folder: string): Promise<void> {
  const head = editorLine(templatesFolder, folder, 'stack');
  await makeStarterStack(join(templatesFolder, '../examples/starter'), folder, head);
}

async function specOf(stack: string, { cwd, templatesFolder }: CommandContext): Promise<StackSpec> {
  const { folder } = await findStack(stack, templatesFolder, cwd);
  return (await loadSpec({ folder, plugins: builtInPlugins })).spec;
}
