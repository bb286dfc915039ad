import { join } from 'node:path';
import { listFolder } from '../../lib/files.ts';
import { readSourceIfThere } from '../../lib/source-text.ts';
import type { MigratorCapability } from '../../stack/contract/migrate.ts';
import { problemsError } from '../../stack/source/problem.ts';
import { type ImportPlan, planImport, type TargetFile } from './plan.ts';
import { readSource } from './read-source.ts';
import { chooseTool } from './tools.ts';

/** A folder, and what messages call it. */
export interface NamedFolder {
  /** Absolute. */
  readonly path: string;
  readonly shown: string;
}

export interface ImportInput {
  /** Of the other tool; or a single file of it. */
  readonly source: NamedFolder;
  /** Need not be there yet. */
  readonly target: NamedFolder;
  /** Name of the tool; undefined: the files say it. */
  readonly from: string | undefined;
  readonly migrator: MigratorCapability;
}

/**
 * What an import would write. Changes nothing.
 * @throws E_MIGRATION_INVALID with everything that keeps it from being imported, each with file, line and column; E_USAGE
 * when the files are of no tool that can be imported, or of several.
 */
export async function readImport({ source, target, from, migrator }: ImportInput): Promise<ImportPlan> {
  const files = await readSource(source.path, source.shown);
  const tool = chooseTool(files, source.shown, from);
  const { plan, problems } = planImport(tool, files, {
    sql: migrator.sql,
    withoutTransactions: migrator.withoutTransactions === true,
    files: await targetFiles(target),
  });
  if (problems.length === 0) return plan;
  const hint = 'Nothing was written. Change these and run the command again.';
  throw problemsError('E_MIGRATION_INVALID', `the import of ${tool.name}'s files`, problems, hint);
}

async function targetFiles({ path, shown }: NamedFolder): Promise<readonly TargetFile[]> {
  const names = (await listFolder(path)).map(({ name }) => name).filter((name) => name.endsWith('.sql'));
  const read = names.map(async (name) => ({
    name,
    path: join(shown, name),
    source: await readSourceIfThere(join(path, name)),
  }));
  return (await Promise.all(read)).map(({ name, path: file, source }) => ({
    name,
    path: file,
    text: source?.text ?? '',
  }));
}
