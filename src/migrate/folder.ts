import { StackctlError } from '../errors.ts';
import type { MigratorCapability } from '../stack/contract/migrate.ts';
import { type MigrationFolder, type Service, type Stack, serviceOf } from '../stack/contract/model.ts';
import { type Problem, problemsError } from '../stack/source/problem.ts';
import { type MigrationFile, readMigration } from './file.ts';

/** A service that has a schema, and the files that make it, in the order of their versions. */
export interface MigratedService {
  readonly service: Service;
  readonly migrator: MigratorCapability;
  readonly files: readonly MigrationFile[];
}

/**
 * Reads every migration file of the stack, or of one service, before anything is asked or changed.
 * @throws E_MIGRATION_INVALID with every mistake and its file, line and column.
 * @throws E_STACK_INVALID for a service that knows no migrations.
 */
export function readMigrations(stack: Stack, only?: readonly string[]): readonly MigratedService[] {
  const folders = stack.migrations.filter(({ service }) => only === undefined || only.includes(service));
  const read = folders.map((folder) => readFolder(stack, folder));
  const problems = read.flatMap((folder) => folder.problems);
  if (problems.length > 0) throw invalid(stack, problems);
  return read.map(({ migrated }) => migrated);
}

function readFolder(
  stack: Stack,
  folder: MigrationFolder,
): { readonly migrated: MigratedService; readonly problems: readonly Problem[] } {
  const service = serviceOf(stack, folder.service);
  const { migrator } = service.kind;
  if (migrator === undefined) throw cannotMigrate(stack, service);
  const rules = { sql: migrator.sql, withoutTransactions: migrator.withoutTransactions === true };
  const read = folder.files.map((file) => readMigration(file, rules));
  const files = read.flatMap((result) => (result.ok ? [result.file] : []));
  const sorted = files.toSorted((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0));
  return {
    migrated: { service, migrator, files: sorted },
    problems: [...read.flatMap((result) => (result.ok ? [] : result.problems)), ...sameVersions(sorted)],
  };
}

function sameVersions(sorted: readonly MigrationFile[]): readonly Problem[] {
  return sorted.flatMap((file, index) => {
    const before = sorted[index - 1];
    if (before?.version !== file.version) return [];
    return [{ file: file.path, field: '', message: `has the same version as ${before.name}; give it a higher number` }];
  });
}

function invalid(stack: Stack, problems: readonly Problem[]): StackctlError {
  const hint = 'Fix the files and run `stackctl migrate up` again; nothing was changed.';
  return problemsError('E_MIGRATION_INVALID', `the migrations of ${stack.name}`, problems, hint);
}

function cannotMigrate(stack: Stack, { name, kind }: Service): StackctlError {
  const message = `the service ${name} has migrations, and the kind ${kind.name} knows none`;
  return new StackctlError('E_STACK_INVALID', message, {
    hint: `Take migrations.${name} out of ${stack.folder}/stack.yaml.`,
  });
}
