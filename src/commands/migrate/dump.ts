import { dirname, join, relative, resolve } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../../lib/files.ts';
import { dumpService, refuseFolder, refuseForeignFile, type SchemaDump } from '../../migrate/dump.ts';
import type { MigratedService } from '../../migrate/folder.ts';
import { lineDiff } from '../../migrate/line-diff.ts';
import { type CheckedDump, dumpCheckText, dumpText } from '../../output/migrate-dump.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from '../line/command.ts';
import { type OpenSession, splitWords, withSession } from '../session/session.ts';
import { namedFolder } from './import-target.ts';
import { migrationDeadline, onServices, runningServices } from './services.ts';

interface DumpFlags {
  readonly output: string | undefined;
  readonly check: Switch;
  /** False by `--no-grants`. */
  readonly grants: boolean;
}

export const configure: CommandModule['configure'] = (command) => {
  onServices(command)
    .option('--output <file>', 'where to write it, - for stdout; without it, schema.sql beside the migrations')
    .option('--check', 'write nothing, and exit 6 when the file is not the schema, for CI')
    .option('--no-grants', 'leave out owners and privileges, which name roles of this server');
};

interface Written extends SchemaDump {
  /** Absolute. */
  readonly path: string;
}

export const run: CommandModule<DumpFlags>['run'] = async (context, words, flags) => {
  if (flags.check && flags.output === '-') {
    throw new StackctlError('E_USAGE', '--check compares a file, and --output - names none', {
      hint: 'Leave one of the two out.',
    });
  }
  const { stackRef, rest } = await splitWords(context, words);
  return withSession(context, stackRef, async (session) => {
    const found = await runningServices(session, rest);
    // What keeps no schema to be read is left out, unless it was named.
    const services = rest.length > 0 ? found : found.filter(({ migrator }) => migrator.shadow !== undefined);
    const paths = services.map((migrated) => pathOf({ context, session, services }, migrated, flags.output));
    const isWritten = !flags.check && flags.output !== '-';
    if (flags.output !== '-') for (const path of paths) await refuseFolder(path);
    if (isWritten) for (const path of paths) await refuseForeignFile(path);
    const dumps: Written[] = [];
    for (const [index, migrated] of services.entries()) {
      const options = { signal: migrationDeadline(context, session), grants: flags.grants };
      dumps.push({ ...(await dumpService(session.stack, migrated, options)), path: paths[index] ?? '' });
    }
    if (flags.output === '-') return print(context, dumps);
    return flags.check ? check(context, dumps) : write(context, dumps);
  });
};

interface Place {
  readonly context: CommandContext;
  readonly session: OpenSession;
  readonly services: readonly MigratedService[];
}

/** Beside the folder of the migrations; two that lie side by side have one file each. @throws E_USAGE */
function pathOf(
  { context, session, services }: Place,
  { service, folder }: MigratedService,
  output: string | undefined,
): string {
  if (output !== undefined && services.length > 1) {
    const names = services.map((one) => one.service.name);
    throw new StackctlError('E_USAGE', `--output is one file, and ${names.join(', ')} have a schema`, {
      hint: `Name one of them: … ${session.stack.name} ${names[0]}`,
    });
  }
  if (output !== undefined) return output === '-' ? output : resolve(context.cwd, output);
  const { name, migrations } = session.stack;
  if (!relative(context.templatesFolder, folder).startsWith('..')) {
    throw new StackctlError('E_USAGE', `${name} is a built-in stack: its folder belongs to stackctl`, {
      hint: `Say where to write it: stackctl migrate dump ${name} ${service.name} --output ${service.name}.sql (- for stdout)`,
    });
  }
  const beside = dirname(folder);
  const alone = migrations.filter((other) => dirname(other.folder) === beside).length === 1;
  return join(beside, alone ? 'schema.sql' : `schema.${service.name}.sql`);
}

function print(context: CommandContext, dumps: readonly Written[]): CommandResult | { readonly exitCode: number } {
  if (context.global.json) return { data: { services: dumps.map(({ path: _path, ...dump }) => dump) }, text: '' };
  // As it is: a text for a file is not made fit for a terminal.
  for (const { sql } of dumps) context.stdout.write(sql);
  return { exitCode: 0 };
}

async function write(context: CommandContext, dumps: readonly Written[]): Promise<CommandResult> {
  for (const { path, sql } of dumps) await writeFileAtomic(path, sql);
  const written = dumps.map(({ sql: _sql, ...rest }) => ({
    ...rest,
    shown: namedFolder(context.cwd, rest.path).shown,
  }));
  return { data: { services: written.map(({ shown: _shown, ...rest }) => rest) }, text: dumpText(written) };
}

async function check({ cwd }: CommandContext, dumps: readonly Written[]): Promise<CommandResult> {
  const checked: CheckedDump[] = [];
  for (const { service, path, sql } of dumps) {
    const there = await readTextIfThere(path);
    const state = there === undefined ? 'missing' : there === sql ? 'same' : 'different';
    const diff = state === 'different' ? lineDiff(there ?? '', sql) : '';
    checked.push({ service, path, shown: namedFolder(cwd, path).shown, state, diff });
  }
  const answer = {
    data: { services: checked.map(({ shown: _shown, ...rest }) => rest) },
    text: dumpCheckText(checked),
  };
  const bad = checked.filter(({ state }) => state !== 'same');
  if (bad.length === 0) return answer;
  const failure = new StackctlError('E_DRIFT', `not the schema as it is: ${bad.map(({ shown }) => shown).join(', ')}`, {
    hint: 'Run: stackctl migrate dump',
    details: { files: bad.map(({ path, state }) => ({ path, state })) },
  });
  return { ...answer, failure };
}
