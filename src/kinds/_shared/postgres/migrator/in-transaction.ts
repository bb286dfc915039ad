import { ask } from '../../../../clients/postgres/connect.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { Failed } from './failed-statement.ts';
import { type FileRun, runStatement, Unsound } from './file-run.ts';
import { returnToOwnState } from './own-state.ts';
import { recording, runToItsEnd } from './record.ts';
import { refuseBegun } from './start.ts';
import { unsoundByFile } from './unsound-by-file.ts';

/**
 * Runs a file and enters it into the ledger in one transaction.
 * @throws Failed, Unsound; nothing of it stays then. E_MIGRATION_FAILED where a part of it is in effect already.
 */
export async function inTransaction(run: FileRun): Promise<void> {
  await refuseBegun(run);
  const { work } = run.clients;
  const begin = performance.now();
  await ask(work, beginning(run.migration));
  try {
    await runStatements(run);
  } catch (error) {
    await ask(work, 'rollback').catch(() => undefined);
    throw error;
  }
  await runToItsEnd(run, recording(run, String(Math.round(performance.now() - begin))));
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
  const { statements } = run.migration;
  for (const index of statements.keys()) {
    await runStatement(run, index);
    run.onProgress(index + 1);
  }
  const last = statements.length - 1;
  const found = await returnToOwnState(run.clients.work).catch((error: unknown) => {
    throw new Failed(error, last, statements[last], 'at the commit');
  });
  if (found.length === 0) return;
  const before = await run.unsound();
  const names = before.map(({ name }) => name);
  const objects = unsoundByFile(statements, found, names);
  if (objects.length > 0) throw new Unsound(objects, last);
}
