import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { StackctlError, systemCode } from '../../errors.ts';
import { readMigrations } from '../../migrate/folder.ts';
import { newFileName, newFileText } from '../../migrate/new-file.ts';
import type { Stack } from '../../stack/contract/model.ts';
import type { CommandContext, CommandModule } from '../line/command.ts';
import { open } from '../session/open.ts';
import { splitWords } from '../session/session.ts';
import { noMigrations } from './no-migrations.ts';

interface NewFlags {
  readonly service: string | undefined;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('<title>', 'what the file does, e.g. add_orders')
    .argument('[stack]', 'the path of your stack; without it, the only project of this folder')
    .argument('[service]', 'the service that it is for; without it, the only one that has migrations')
    .option('--service <name>', 'the same as the word');
};

/** Needs no server: a file is written beside the others, with the next number. */
export const run: CommandModule<NewFlags>['run'] = async (context, [title = '', ...words], { service }) => {
  const { stackRef, rest } = await splitWords(context, words);
  const { stack } = await open(context, stackRef, 'any');
  refuseBuiltIn(context, stack);
  const only = serviceIn(stack, oneService(rest, service));
  const [migrated] = readMigrations(stack, [only]);
  if (migrated === undefined) throw new Error(`no migrations of ${only}`);
  const { folder, files, migrator } = migrated;
  const path = join(folder, newFileName(files, title, new Date()));
  await writeNew(path, newFileText(title, migrator.withoutTransactions !== true));
  return {
    data: { service: only, path },
    text: `wrote ${shown(context, path)}\nnext: write what it does; stackctl migrate up applies it`,
  };
};

/** @throws E_USAGE for two different ones */
function oneService(words: readonly string[], option: string | undefined): string | undefined {
  const names = new Set([...words, ...(option === undefined ? [] : [option])]);
  if (names.size <= 1) return [...names][0];
  throw new StackctlError('E_USAGE', `a file is for one service, not for ${[...names].join(' and ')}`, {
    hint: 'Name one of them.',
  });
}

function refuseBuiltIn({ templatesFolder }: CommandContext, { name, folder }: Stack): void {
  if (relative(templatesFolder, folder).startsWith('..')) return;
  throw new StackctlError('E_USAGE', `${name} is a built-in stack: its folder belongs to stackctl`, {
    hint: `Copy it and use the copy: cp -r ${folder} ./${name}; stackctl migrate new … ./${name}`,
  });
}

function serviceIn(stack: Stack, asked: string | undefined): string {
  const { name, migrations } = stack;
  const known = migrations.map(({ service }) => service);
  if (asked !== undefined && known.includes(asked)) return asked;
  const [only] = known;
  if (asked === undefined && only !== undefined && known.length === 1) return only;
  if (asked !== undefined) throw noMigrations(stack, asked);
  throw new StackctlError('E_USAGE', whichOne(name, known), {
    hint:
      known.length === 0
        ? 'Give the stack a folder for them: `migrations: {db: migrations}` in its stack.yaml.'
        : `Name it behind the title: ${known.join(' or ')}.`,
  });
}

function whichOne(name: string, known: readonly string[]): string {
  return known.length === 0 ? `${name} has no migrations` : `${name} has migrations for several services`;
}

/** Never over a file that is there. */
async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw new StackctlError('E_USAGE', `${path} is there already`, { hint: 'Give the new file another title.' });
  }
}

function shown({ cwd }: CommandContext, path: string): string {
  const short = relative(cwd, path);
  return short.startsWith('..') ? path : short;
}
