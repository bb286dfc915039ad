import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { SQLSTATE, sqlstateOf } from '../../../../clients/postgres/failure.ts';
import { StackctlError } from '../../../../errors.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { Failed } from './failed-statement.ts';
import { addEvents, type FileRun, runStatement, Unsound } from './file-run.ts';
import { enter, enteredState, takeBack } from './ledger.ts';
import { returnToOwnState } from './own-state.ts';
import { unsoundByFile } from './unsound-by-file.ts';

/** Runs a file and enters it into the ledger in one transaction. @throws Failed, Unsound; nothing of it stays then. */
export async function inTransaction(run: FileRun): Promise<void> {
  const { work } = run.clients;
  const begin = performance.now();
  await ask(work, beginning(run.migration));
  try {
    await runStatements(run);
    await enterHere(run, performance.now() - begin);
  } catch (error) {
    await ask(work, 'rollback').catch(() => undefined);
    throw error;
  }
  const { statements } = run.migration;
  const last = statements.at(-1);
  const { command } = await work.query('commit').catch((error: unknown) => {
    throw new Failed(error, statements.length - 1, last, 'at the commit');
  });
  if (command !== 'COMMIT') throw new Failed(new Error(`the server answered ${command}`), 0, last, 'at the commit');
}

/** Begins the transaction, within the limits that the file asks for. */
function beginning(migration: PendingMigration): string {
  // When this program freezes, the server ends the transaction and releases its locks.
  return `begin; ${limitsOf(migration)}; set local idle_in_transaction_session_timeout = '60s'`;
}

/** How long each statement of a file may wait for a lock, and take, for the rest of a transaction. */
export function limitsOf({ lockTimeoutMs, statementTimeoutMs = 0 }: PendingMigration): string {
  return `set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}`;
}

/**
 * Runs the statements of a file inside of a transaction that has begun, and returns the session to its own state.
 * @throws Failed, Unsound
 */
export async function runStatements(run: FileRun): Promise<void> {
  const { migration, unsound } = run;
  const { statements } = migration;
  for (const index of statements.keys()) {
    await runStatement(run, index);
    run.onProgress(index + 1);
  }
  const last = statements.length - 1;
  const found = await returnToOwnState(run.clients.work).catch((error: unknown) => {
    throw new Failed(error, last, statements[last], 'at the commit');
  });
  const before = unsound.map(({ name }) => name);
  const objects = unsoundByFile(statements, found, before);
  if (objects.length > 0) throw new Unsound(objects, last);
}

async function enterHere(run: FileRun, durationMs: number): Promise<void> {
  const { migration, direction, clients } = run;
  try {
    await enterInto(clients.work, run, durationMs);
    await addEvents(clients.work, run);
  } catch (error) {
    if (sqlstateOf(error) !== SQLSTATE.readOnlyTransaction) throw error;
    throw new StackctlError(
      'E_MIGRATION_FAILED',
      `${migration.path}: the file makes its transaction read-only, so that it cannot be recorded; nothing of it was ${direction === 'up' ? 'applied' : 'done'}`,
      {
        hint: 'Take that setting out of the file, or start the file with "-- stackctl: transaction=false"; then run `stackctl migrate up` again.',
        details: { migration: migration.name, sqlstate: SQLSTATE.readOnlyTransaction },
        cause: error,
      },
    );
  }
}

async function enterInto(
  client: Client,
  { migration, direction, clients }: FileRun,
  durationMs: number,
): Promise<void> {
  if (direction === 'down') return takeBack(client, migration.name, 'reverted');
  const { appliedBy } = clients;
  await enter(client, migration, {
    state: enteredState(migration),
    statementsDone: migration.statements.length,
    durationMs,
    appliedBy,
  });
}
