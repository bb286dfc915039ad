import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { readTextIfThere } from '../lib/files.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { SchemaDumpOptions } from '../stack/contract/schema.ts';
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
  return withMigrationSession(stack, migrated, { signal, command: 'stackctl migrate dump' }, async (session) => {
    if (session.dump === undefined) throw noDump(service.name);
    const objects = await session.dump(signal, { grants });
    return {
      service: service.name,
      objects: objects.filter(({ name }) => name !== '').length,
      sql: `${headOf(service.name)}\n\n${schemaText(objects)}`,
    };
  });
}

/** @throws E_USAGE where a folder is. */
export async function refuseFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return;
  throw new StackctlError('E_USAGE', `${path} is a folder, and a dump is one file`, {
    hint: `Name a file in it: stackctl migrate dump --output ${join(path, 'schema.sql')}`,
    details: { path },
  });
}

/** @throws E_USAGE where something else than a dump of stackctl is, e.g. the schema that another tool keeps there. */
export async function refuseForeignFile(path: string): Promise<void> {
  const text = await readTextIfThere(path);
  if (text === undefined || text.trim() === '' || HEAD.test(text)) return;
  throw new StackctlError('E_USAGE', `${path} is there and is no dump of stackctl: it was not replaced`, {
    hint: 'Write elsewhere (stackctl migrate dump --output FILE, or - for stdout), or move that file away.',
    details: { path },
  });
}

function headOf(service: string): string {
  return `-- The schema of ${service}, as \`stackctl migrate dump\` has read it from the server.`;
}

/** The first line of a dump of any service: one may have got another name. */
const HEAD = /^-- The schema of \S+, as `stackctl migrate dump` has read it from the server\.\r?(\n|$)/;

export function noDump(service: string): StackctlError {
  return new StackctlError('E_USAGE', `the schema of ${service} cannot be read: its kind has no way to`, {
    hint: 'Name the services whose schema you want.',
  });
}
