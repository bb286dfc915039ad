import { StackctlError } from '../errors.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import { baselineCommand } from './command-lines.ts';
import { compare } from './compare.ts';
import type { MigrationFile } from './file.ts';
import type { MigratedService } from './folder.ts';
import { halfReverted, halfRevertedIn } from './half-reverted.ts';
import { refuseDrift } from './refuse-drift.ts';
import { refuseOther } from './refuse-other.ts';
import type { BaselineReport } from './report.ts';
import { withMigrationSession } from './session.ts';
import { type LockOptions, takeTurn } from './turn.ts';
import { unfinished, unfinishedIn } from './unfinished.ts';

/** The files that `baseline` would enter now. Changes nothing. @throws as `baseline`. */
export async function planBaseline(
  stack: Stack,
  migrated: MigratedService,
  { version, signal }: { readonly version: bigint; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const command = baselineCommand(stack, migrated.service, version);
  return withMigrationSession(stack, migrated, { signal, command }, async (session) => {
    return (await filesNow(stack, migrated, { session, version })).map(({ name }) => name);
  });
}

/**
 * Enters the files up to a version as in effect without running them: for a database that had its schema before stackctl.
 * Files that are applied already stay as they are. @param expected names of the files that were confirmed. @throws E_MIGRATION_UNAVAILABLE, E_DRIFT, E_LOCKED, E_USAGE
 */
export async function baseline(
  stack: Stack,
  migrated: MigratedService,
  { version, expected, ...options }: LockOptions & { readonly version: bigint; readonly expected: readonly string[] },
): Promise<BaselineReport> {
  const { service } = migrated;
  const command = baselineCommand(stack, service, version);
  return withMigrationSession(stack, migrated, { signal: options.signal, command }, async (session) => {
    await takeTurn(service, session, options);
    const files = await filesNow(stack, migrated, { session, version });
    refuseOther(
      files.map(({ name }) => name),
      expected,
    );
    for (const { name, checksum } of files) {
      options.signal.throwIfAborted();
      const reason = `its schema was there before (baseline ${version})`;
      await session.amend?.({ name, checksum, state: 'baselined', event: 'baselined', reason });
    }
    return { service: service.name, baselined: files.map(({ name }) => name) };
  });
}

async function filesNow(
  stack: Stack,
  { service, files }: MigratedService,
  { session, version }: { readonly session: MigrationSession; readonly version: bigint },
): Promise<readonly MigrationFile[]> {
  if (session.amend === undefined)
    throw new StackctlError('E_MIGRATION_UNAVAILABLE', `${service.name}: the ledger of this kind cannot be changed`);
  if (!files.some((file) => file.version === version)) throw noSuchVersion(files, version);
  const { pending, drifted } = compare(files, await session.applied(), { allowOutOfOrder: true });
  refuseDrift(service.name, drifted);
  const chosen = pending.filter(({ file }) => file.version <= version);
  const half = halfRevertedIn(chosen);
  if (half.length > 0) throw halfReverted(stack, service, half);
  const begun = unfinishedIn(chosen);
  if (begun.length > 0) throw unfinished(begun.map(({ file }) => file.name));
  return chosen.map(({ file }) => file);
}

/** @throws E_USAGE naming the versions that there are. */
function noSuchVersion(files: readonly MigrationFile[], version: bigint): StackctlError {
  const known = files.map(({ name }) => name).join(', ');
  return new StackctlError('E_USAGE', `there is no migration with the version ${version}`, {
    hint: known === '' ? 'This service has no migration files yet: stackctl migrate new NAME.' : `There are: ${known}.`,
  });
}
