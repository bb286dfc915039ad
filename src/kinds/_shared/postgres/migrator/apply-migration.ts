import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { copyIn, copyLine } from '../../../../clients/postgres/copy-in.ts';
import { SQLSTATE, sqlstateOf } from '../../../../clients/postgres/failure.ts';
import { watchBlockers } from '../../../../clients/postgres/watch-blockers.ts';
import { StackctlError } from '../../../../errors.ts';
import type { MigrationStatement, PendingMigration } from '../../../../stack/contract/migrate.ts';
import { Failed, failedMigration } from './failed-statement.ts';
import { type EntryState, enter, progress } from './ledger.ts';
import { returnToOwnState } from './own-state.ts';

export interface MigrationClients {
  /** Runs the statements of this file and nothing else, because the file may change its settings. */
  readonly work: Client;
  /** Holds the lock, keeps the ledger of a file without a transaction, asks which sessions block it, cancels it. */
  readonly guard: Client;
  /** The run, for the ledger's column applied_by. */
  readonly appliedBy: string;
  /** Settings that limit the file and could not be changed, in words. */
  readonly kept: readonly string[];
}

/** Applies one file and enters it into the ledger. @throws E_MIGRATION_BLOCKED, E_MIGRATION_FAILED, the signal's reason. */
export async function applyMigration(
  clients: MigrationClients,
  migration: PendingMigration,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const watch = await watchBlockers(clients, signal);
  try {
    await (migration.transactional ? inTransaction : oneByOne)(clients, migration);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Failed
      ? failedMigration(migration, error, { blockers: watch.last(), kept: clients.kept })
      : error;
  } finally {
    await watch.stop();
  }
}

async function inTransaction({ work, appliedBy }: MigrationClients, migration: PendingMigration): Promise<void> {
  const begin = performance.now();
  await ask(work, 'begin');
  try {
    await ask(work, `set local lock_timeout = ${migration.lockTimeoutMs}`);
    // When this program freezes, the server ends the transaction and releases its locks.
    await ask(work, `set local idle_in_transaction_session_timeout = '60s'`);
    for (const [index, statement] of migration.statements.entries()) await run(work, statement, index);
    const last = migration.statements.length - 1;
    await returnToOwnState(work).catch((error: unknown) => {
      throw new Failed(error, last, migration.statements[last], 'at the commit');
    });
    await enterHere(work, migration, {
      state: 'applied',
      statementsDone: migration.statements.length,
      durationMs: performance.now() - begin,
      appliedBy,
    });
  } catch (error) {
    await ask(work, 'rollback').catch(() => undefined);
    throw error;
  }
  const last = migration.statements.at(-1);
  const { command } = await work.query('commit').catch((error: unknown) => {
    throw new Failed(error, migration.statements.length - 1, last, 'at the commit');
  });
  if (command !== 'COMMIT') throw new Failed(new Error(`the server answered ${command}`), 0, last, 'at the commit');
}

async function enterHere(work: Client, migration: PendingMigration, state: EntryState): Promise<void> {
  try {
    await enter(work, migration, state);
  } catch (error) {
    if (sqlstateOf(error) !== SQLSTATE.readOnlyTransaction) throw error;
    throw new StackctlError(
      'E_MIGRATION_FAILED',
      `${migration.path}: the file makes its transaction read-only, so that it cannot be recorded; nothing of it was applied`,
      {
        hint: 'Take that setting out of the file, or start the file with "-- stackctl: transaction=false"; then run `stackctl migrate up` again.',
        details: { migration: migration.name, sqlstate: SQLSTATE.readOnlyTransaction },
        cause: error,
      },
    );
  }
}

/** The ledger is written on another session: whatever the file does to its own, the entry says what was done. */
async function oneByOne({ work, guard, appliedBy }: MigrationClients, migration: PendingMigration): Promise<void> {
  const begin = performance.now();
  const state = (name: 'running' | 'failed' | 'applied', statementsDone: number) => {
    return { state: name, statementsDone, durationMs: performance.now() - begin };
  };
  await enter(guard, migration, { ...state('running', 0), appliedBy });
  await ask(work, `set lock_timeout = ${migration.lockTimeoutMs}`);
  for (const [index, statement] of migration.statements.entries()) {
    try {
      await run(work, statement, index);
    } catch (error) {
      // Without a connection the entry stays `running`, which means the same to the next run.
      await progress(guard, migration.name, state('failed', index)).catch(() => undefined);
      throw error;
    }
    const isLast = index === migration.statements.length - 1;
    await progress(guard, migration.name, state(isLast ? 'applied' : 'running', index + 1));
  }
}

async function run(work: Client, statement: MigrationStatement, index: number): Promise<void> {
  try {
    if (statement.copyData === undefined) await work.query(statement.text);
    else await copyIn(work, statement.text, statement.copyData.text);
  } catch (error) {
    throw new Failed(error, index, placeOfFailure(statement, error));
  }
}

/** Data of COPY that is refused stands on a line of its own. */
function placeOfFailure(statement: MigrationStatement, error: unknown): MigrationStatement {
  const line = statement.copyData === undefined ? undefined : copyLine(error);
  if (statement.copyData === undefined || line === undefined) return statement;
  return { text: '', line: statement.copyData.line + line - 1, column: 1 };
}
