import { StackctlError } from '../errors.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import { noDump } from './dump.ts';
import type { MigratedService } from './folder.ts';
import type { SchemaState } from './read-state.ts';
import { runPending } from './run-pending.ts';
import { compareSchemas, type SchemaDifference } from './schema-diff.ts';
import type { LockOptions } from './turn.ts';

/** What an empty database that got the same files says about the service's. JSON-ready. */
export interface ShadowReport {
  /** Files that were applied to it. */
  readonly applied: readonly string[];
  /** Left out because the server lacks what they require. */
  readonly unavailable: readonly string[];
  /** `missing`: the files make it, and the service's database does not have it. */
  readonly differences: readonly SchemaDifference[];
}

export interface ShadowInput {
  readonly stack: Stack;
  readonly migrated: MigratedService;
  /** Of the service's own database. */
  readonly session: MigrationSession;
  readonly state: SchemaState;
  readonly options: LockOptions;
}

/**
 * Applies the files that are in effect to an empty database, compares the two schemas, and drops that database, also when
 * it was interrupted. Pending files are left out: the service's database does not have them either.
 * @throws E_MIGRATION_UNVERIFIED for a file that fails there.
 */
export async function verifyAgainstShadow(input: ShadowInput): Promise<ShadowReport> {
  const { stack, migrated, session, state, options } = input;
  const { service, migrator } = migrated;
  if (migrator.shadow === undefined || session.dump === undefined) throw noShadow(service.name);
  const pending = new Set(state.pending.map(({ file }) => file.name));
  const files = migrated.files.filter(({ name }) => !pending.has(name));
  const shadow = await migrator.shadow({ stack, service }, options.signal);
  try {
    if (shadow.session.dump === undefined) throw noDump(service.name);
    // The connection is the shadow's, and stays open for the dump.
    const kept = { ...shadow.session, close: async () => undefined };
    const label = { ...service, name: `${service.name} (shadow)` };
    const inside = { ...migrated, service: label, files, migrator: { ...migrator, connect: async () => kept } };
    const { applied, unavailable } = await runPending(stack, inside, options).catch((error: unknown) => {
      throw isVerdict(error) ? notFromNothing(error) : error;
    });
    const expected = await shadow.session.dump(options.signal);
    return {
      applied: applied.map(({ name }) => name),
      unavailable: unavailable.map(({ name }) => name),
      differences: compareSchemas(expected, await session.dump(options.signal)),
    };
  } finally {
    await shadow.drop();
  }
}

/** A file that fails in an empty database says something about the files, not about this run. */
function isVerdict(error: unknown): error is StackctlError {
  return (
    error instanceof StackctlError && (error.code === 'E_MIGRATION_FAILED' || error.code === 'E_MIGRATION_UNSOUND')
  );
}

function notFromNothing(cause: StackctlError): StackctlError {
  return new StackctlError(
    'E_MIGRATION_UNVERIFIED',
    `the files do not make the schema from nothing: ${cause.message}`,
    {
      hint: "What this file needs was there before, or was made by hand: write a migration with a lower number that makes it. The service's own database is as it was.",
      details: cause.details,
      cause,
    },
  );
}

function noShadow(service: string): StackctlError {
  return new StackctlError('E_USAGE', `there is no shadow database for ${service}: its kind has none`, {
    hint: 'Leave out --shadow, or name the services that have databases.',
  });
}
