import { StackctlError } from '../errors.ts';
import type { MigratorCapability } from '../stack/contract/migrate.ts';
import type { MigrationFolder, MigrationSource } from '../stack/contract/migration-folder.ts';
import { type Service, type Stack, serviceOf } from '../stack/contract/model.ts';
import { inStartOrder } from '../stack/derived/start-order.ts';
import { type Problem, problemsError } from '../stack/source/problem.ts';
import type { FileRules, MigrationContent } from './content.ts';
import { atTop, knownMigration, type MigrationFile, type ReadFile, readMigration } from './file.ts';
import { foreignFolders } from './foreign-files.ts';
import { foreignHalves } from './foreign-pairs.ts';
import { type KnownFiles, NOTHING_KNOWN } from './known-files.ts';

/** A service that has a schema, and the files that make it, in the order of their versions. */
export interface MigratedService {
  readonly service: Service;
  readonly migrator: MigratorCapability;
  /** Absolute folder of the files. */
  readonly folder: string;
  readonly files: readonly MigrationFile[];
}

/**
 * The migration files of the stack, or of some services, by name, version and checksum. What they say is not read yet. A
 * service comes after those that it depends on.
 * @throws E_MIGRATION_INVALID with every file that cannot be one; E_STACK_INVALID for a service that knows no migrations.
 */
export function readMigrations(
  stack: Stack,
  only?: readonly string[],
  known: Pick<KnownFiles, 'checksumOf' | 'learn'> = NOTHING_KNOWN,
): readonly MigratedService[] {
  const folders = stack.migrations.filter(({ service }) => only === undefined || only.includes(service));
  const read = folders.map((folder) => readFolder(stack, folder, known));
  refuse(read.flatMap((folder) => folder.problems));
  return inStartOrder(
    stack,
    read.map(({ migrated }) => migrated),
  );
}

/** @throws E_MIGRATION_INVALID with every mistake in these files, with file, line and column. */
export function requireValid(files: readonly MigrationFile[]): void {
  const contents = files.map((file) => file.content());
  refuse(contents.flatMap((read) => (read.ok ? [] : read.problems)));
}

/**
 * As `requireValid` for the files of services, but for texts that an earlier run has found to be right. What is right is
 * learned. What the name says, and the names beside it, is asked of each.
 */
export function requireValidOnce(known: KnownFiles, services: readonly MigratedService[]): void {
  const unknown = services.flatMap(({ service, files }) =>
    files
      .filter(({ checksum, refusal }) => refusal !== undefined || !known.isValid(service.kind.name, checksum))
      .map((file) => ({ file, kind: service.kind.name })),
  );
  requireValid(unknown.map(({ file }) => file));
  for (const { file, kind } of unknown) known.learnValid(kind, file.checksum);
}

/** What a file says. @throws E_MIGRATION_INVALID */
export function contentOf(file: MigrationFile): MigrationContent {
  const read = file.content();
  if (read.ok) return read.content;
  throw invalid(read.problems);
}

function readFolder(
  stack: Stack,
  migrations: MigrationFolder,
  known: Pick<KnownFiles, 'checksumOf' | 'learn'>,
): { readonly migrated: MigratedService; readonly problems: readonly Problem[] } {
  const { folder, files: sources } = migrations;
  const service = serviceOf(stack, migrations.service);
  const { migrator } = service.kind;
  if (migrator === undefined) throw cannotMigrate(stack, service);
  const rules = {
    sql: migrator.sql,
    requirements: migrator.requirements,
    withoutTransactions: migrator.withoutTransactions === true,
  };
  const halves = foreignHalves(sources.map(({ name }) => name));
  const read = sources.map((source) => identify(source, halves.get(source.name), rules, known));
  const files = read.filter((result) => result.ok).map(({ file }) => file);
  const sorted = files.toSorted((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0));
  return {
    migrated: { service, migrator, folder, files: sorted },
    problems: [
      ...foreignFolders(migrations),
      ...overlooked(migrations),
      ...read.filter((result) => !result.ok).flatMap(({ problems }) => problems),
      ...sameVersions(sorted),
    ],
  };
}

/** Files that somebody meant as migrations. Nothing else would say that they are not read. */
function overlooked({ folder, others }: MigrationFolder): readonly Problem[] {
  const names = others.filter((name) => /\.sql$/i.test(name));
  return names.map((name) => ({
    file: `${folder}/${name}`,
    field: '',
    message: `is not read, because its name does not end with .sql in lower case: rename it to ${name.slice(0, -4)}.sql`,
  }));
}

function identify(
  source: MigrationSource,
  refusal: string | undefined,
  rules: FileRules,
  known: Pick<KnownFiles, 'checksumOf' | 'learn'>,
): ReadFile {
  const { name, path } = source;
  const checksum = known.checksumOf(source);
  if (checksum !== undefined) return knownMigration(source, { checksum, refusal }, rules);
  const result = readMigration({ name, path, refusal, ...source.read() }, rules);
  if (result.ok) known.learn(source, result.file.checksum);
  return result;
}

function sameVersions(sorted: readonly MigrationFile[]): readonly Problem[] {
  const twice = [...sorted.keys()].filter((index) => sorted[index - 1]?.version === sorted[index]?.version);
  return twice.map((index): Problem => {
    const [before, file] = [sorted[index - 1], sorted[index]] as [MigrationFile, MigrationFile];
    // What takes a file back must never get a number of its own.
    const half = [before, file].find(({ refusal }) => refusal !== undefined);
    if (half?.refusal !== undefined) return atTop(half.path, half.refusal);
    return { file: file.path, field: '', message: `has the same version as ${before.name}; give it a higher number` };
  });
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalid(problems);
}

function invalid(problems: readonly Problem[]): StackctlError {
  const hint = 'Fix the files and run `stackctl migrate up` again; nothing was changed.';
  return problemsError('E_MIGRATION_INVALID', 'the folder of migrations', problems, hint);
}

function cannotMigrate(stack: Stack, { name, kind }: Service): StackctlError {
  const message = `the service ${name} has migrations, and the kind ${kind.name} knows none`;
  return new StackctlError('E_STACK_INVALID', message, {
    hint: `Take migrations.${name} out of ${stack.folder}/stack.yaml.`,
  });
}
