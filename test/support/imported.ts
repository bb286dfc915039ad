/** Files of another tool on their way into a database, as `migrate import` and `migrate up` take them. */
import { expect } from 'vitest';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import { type MigratedService, readMigrations } from '../../src/migrate/folder.ts';
import { type ImportPlan, planImport } from '../../src/migrate/import/plan.ts';
import { readSource } from '../../src/migrate/import/read-source.ts';
import { chooseTool } from '../../src/migrate/import/tools.ts';
import type { InstanceInput, Stack } from '../../src/stack/contract/model.ts';

/** What an import of this file or folder would write. */
export async function planOf(path: string): Promise<ImportPlan> {
  const files = await readSource(path, path);
  const target = { sql: POSTGRES_SQL, withoutTransactions: false, files: [] };
  const { plan, problems } = planImport(chooseTool(files, path, undefined), files, target);
  expect(problems).toEqual([]);
  return plan;
}

/** The stack of a server with one of its databases, and these files as its migrations. */
export function stackOf(
  { stack, service }: InstanceInput<never>,
  database: string,
  { steps }: { readonly steps: readonly Pick<ImportPlan['steps'][number], 'target' | 'text'>[] },
): Stack {
  const files = steps.map(({ target, text }) => {
    return { name: target, path: `/m/${target}`, read: () => ({ text, mistake: undefined }) };
  });
  return {
    ...stack,
    services: [{ ...service, options: { ...(service.options as object), database } }],
    migrations: [{ service: service.name, folder: '/m', files, others: [] }],
  } as unknown as Stack;
}

export function migratedOf(stack: Stack): MigratedService {
  const [migrated] = readMigrations(stack);
  if (migrated === undefined) throw new Error('no migrations');
  return migrated;
}
