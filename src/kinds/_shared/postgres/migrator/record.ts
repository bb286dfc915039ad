import { SQLSTATE, sqlstateOf } from '../../../../clients/postgres/failure.ts';
import { type RequestFailed, runInOneRequest } from '../../../../clients/postgres/one-request.ts';
import { StackctlError } from '../../../../errors.ts';
import { Failed } from './failed-statement.ts';
import { eventOf, type FileRun, type RecordedRun } from './file-run.ts';
import { changedMeanwhile, enteredState, enteringText, takingBackText } from './ledger.ts';
import { addingText } from './ledger-events.ts';

/**
 * The last statements of a file that is one transaction: its entry in the ledger, and the commit. The session has its own
 * settings by then. A ledger that somebody has locked is waited for as long as for any answer.
 * @param durationMs SQL of a number of milliseconds.
 */
export function recording(run: RecordedRun, durationMs: string): readonly string[] {
  const event = eventOf(run);
  return [
    `set local lock_timeout = '10s'`,
    'set local search_path = pg_catalog, pg_temp',
    entry(run, durationMs),
    ...(event === undefined ? [] : [addingText(event)]),
    'commit',
  ];
}

function entry({ migration, direction, clients }: RecordedRun, durationMs: string): string {
  if (direction === 'down') return takingBackText(migration.name);
  const { appliedBy } = clients;
  const statementsDone = migration.statements.length;
  return enteringText(migration, { state: enteredState(migration), statementsDone, durationMs, appliedBy });
}

/**
 * Runs statements that end with those of `recording`, in one request. Rolls back what fails.
 * @throws Failed, E_LOCKED, E_MIGRATION_FAILED
 */
export async function runToItsEnd(run: FileRun, statements: readonly string[]): Promise<void> {
  try {
    await runInOneRequest(run.clients.work, statements);
  } catch (error) {
    throw await failureIn(run, error as RequestFailed, { commit: statements.length - 1 });
  }
}

/** Where in a request the statements of a file are. */
export interface RequestPlace {
  /** The index of the last one. */
  readonly commit: number;
  /** Which statement of the file that is; undefined: it is none. */
  readonly own?: (index: number) => number | undefined;
  /** How many files came behind it in the request. */
  readonly behind?: number;
}

/**
 * What kept a file from being applied by a request that ended at one of the file's statements, or nobody knows where.
 * Rolls it back. @returns Failed, E_LOCKED, E_MIGRATION_FAILED, or what the server said about the ledger.
 */
export async function failureIn(
  run: FileRun,
  { cause, index, wasBegun }: Pick<RequestFailed, 'cause' | 'index' | 'wasBegun'>,
  { commit, own, behind = 0 }: RequestPlace,
): Promise<unknown> {
  const { statements } = run.migration;
  const last = statements.length - 1;
  if (index === undefined || index === commit)
    return new Failed(cause, last, statements[last], 'at the commit', index === undefined ? { behind } : {});
  if (wasBegun) await run.clients.work.query('rollback').catch(() => undefined);
  const failed = own?.(index);
  if (failed !== undefined) return new Failed(cause, failed, statements[failed]);
  return notRecorded(run, cause);
}

function notRecorded({ migration, direction }: FileRun, cause: unknown): unknown {
  const sqlstate = sqlstateOf(cause);
  if (sqlstate === SQLSTATE.divisionByZero) return changedMeanwhile(migration.name);
  if (sqlstate !== SQLSTATE.readOnlyTransaction) return cause;
  return new StackctlError(
    'E_MIGRATION_FAILED',
    `${migration.path}: the file makes its transaction read-only, so that it cannot be recorded; nothing of it was ${direction === 'up' ? 'applied' : 'done'}`,
    {
      hint: 'Take that setting out of the file, or start the file with "-- stackctl: transaction=false"; then run `stackctl migrate up` again.',
      details: { migration: migration.name, sqlstate },
      cause,
    },
  );
}
