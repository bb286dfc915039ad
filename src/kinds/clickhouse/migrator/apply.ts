import { type AskOptions, type ClickhouseTarget, runOnClickhouse } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError, failureText } from '../../../clients/clickhouse/failure.ts';
import { StackctlError } from '../../../errors.ts';
import { type MigrationStatement, type PendingMigration, placeInFile } from '../../../stack/contract/migrate.ts';
import { createLedger, type EntryState, enter } from './ledger.ts';
import type { Lock } from './lock.ts';

/** Deadline of what is left to do after a failure. */
const CLEAN_UP_MS = 2000;
/** A statement of a migration takes as long as it takes. */
const NO_LIMIT = 0;

/**
 * Applies one file statement by statement, each under the lock, and enters it into the ledger.
 * @throws E_MIGRATION_FAILED with the place of the statement, E_LOCKED when the lock was taken away.
 */
export async function applyMigration(
  target: ClickhouseTarget,
  migration: PendingMigration,
  lock: Lock | undefined,
  signal: AbortSignal,
): Promise<void> {
  await createLedger(target);
  const appliedAt = new Date();
  const begun = performance.now();
  const entry = (state: EntryState['state']): EntryState => {
    return { state, appliedAt, durationMs: Math.round(performance.now() - begun) };
  };
  if (migration.unavailable !== undefined) return enter(target, migration, entry('unavailable'));
  await enter(target, migration, entry('running'));
  try {
    for (const statement of migration.statements) {
      await lock?.check();
      await runStatement(target, migration, statement, signal);
    }
  } catch (error) {
    // The run that has taken the lock over writes the entries now. Without the server the entry stays `running`, which
    // means the same to the next run.
    if (!isLocked(error))
      await enter({ ...target, timeoutMs: CLEAN_UP_MS }, migration, entry('failed')).catch(() => undefined);
    throw error;
  }
  await enter(target, migration, entry('applied'));
}

function isLocked(error: unknown): boolean {
  return error instanceof StackctlError && error.code === 'E_LOCKED';
}

async function runStatement(
  target: ClickhouseTarget,
  { path, lockTimeoutMs }: PendingMigration,
  statement: MigrationStatement,
  signal: AbortSignal,
): Promise<void> {
  // Mutations and ALTERs are done, or have failed, when the statement returns.
  const settings: AskOptions['settings'] = {
    mutations_sync: 2,
    alter_sync: 2,
    ...(lockTimeoutMs > 0 && { lock_acquire_timeout: Math.max(1, Math.ceil(lockTimeoutMs / 1000)) }),
  };
  try {
    await runOnClickhouse({ ...target, timeoutMs: NO_LIMIT }, statement.text, { settings, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const offset = error instanceof ClickhouseError ? characters(statement.text, error.position ?? 0) : 0;
    const { line, column } = placeInFile(statement, offset);
    throw new StackctlError('E_MIGRATION_FAILED', `${path}:${line}:${column}: ${failureText(error, 0)}`, {
      hint: `What ran before stays. ${advice(error)}`,
      details: { path, line, column, ...(error instanceof ClickhouseError && { serverCode: error.serverCode }) },
      cause: error,
    });
  }
}

function advice(error: unknown): string {
  if (!(error instanceof ClickhouseError))
    return 'Run `stackctl status` and `stackctl logs`, then `stackctl migrate up` again.';
  if (PROFILE.has(error.serverCode))
    return "The profile of the service's user does not allow this: change it there (readonly, constraints), and run `stackctl migrate up` again.";
  return 'Fix the file, so that all of it can run again, and run `stackctl migrate up`.';
}

/** READONLY, SETTING_CONSTRAINT_VIOLATION. */
const PROFILE: ReadonlySet<number> = new Set([164, 452]);

/** The server counts bytes. */
function characters(text: string, bytes: number): number {
  return Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length;
}
