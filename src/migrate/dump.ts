import { StackctlError } from '../errors.ts';
import type { SchemaDumpOptions } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { MigratedService } from './folder.ts';
import { schemaText } from './schema-diff.ts';
import { withMigrationSession } from './session.ts';

export interface SchemaDump {
  readonly service: string;
  /** How many objects it has. */
  readonly objects: number;
  /** Statements that make the schema in an empty database. */
  readonly sql: string;
}

/** The schema of a service as it is now. Changes nothing. @throws E_NOT_READY, E_MIGRATION_FAILED */
export async function dumpService(
  stack: Stack,
  migrated: MigratedService,
  { signal, grants = true }: SchemaDumpOptions & { readonly signal: AbortSignal },
): Promise<SchemaDump> {
  const { service } = migrated;
  return withMigrationSession(stack, migrated, signal, async (session) => {
    if (session.dump === undefined) throw noDump(service.name);
    const objects = await session.dump(signal, { grants });
    const head = `-- The schema of ${service.name}, as \`stackctl migrate dump\` has read it from the server.\n`;
    return {
      service: service.name,
      objects: objects.filter(({ name }) => name !== '').length,
      sql: `${head}\n${schemaText(objects)}`,
    };
  });
}

export function noDump(service: string): StackctlError {
  return new StackctlError('E_USAGE', `the schema of ${service} cannot be read: its kind has no way to`, {
    hint: 'Name the services whose schema you want.',
  });
}
