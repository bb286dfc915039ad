import type { Client } from 'pg';
import { StackctlError } from '../../errors.ts';
import { type MigrationStatement, type PendingMigration, placeInFile } from '../../stack/migrate.ts';
import { ask } from './connect.ts';
import { failureText, SQLSTATE, serverError } from './failure.ts';
import { createLedger, enter, progress } from './ledger.ts';
import { watchBlockers } from './watch-blockers.ts';

export interface MigrationClients {
  /** Runs the statements. */
  readonly work: Client;
  /** Has the lock; asks who is in the way and cancels. */
  readonly guard: Client;
}

/** Applies one file and enters it into the ledger. @throws E_MIGRATION_BLOCKED, E_MIGRATION_FAILED, the signal's reason. */
export async function applyMigration(
  clients: MigrationClients,
  migration: PendingMigration,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { work } = clients;
  await createLedger(work);
  if (migration.unavailable !== undefined) {
    await enter(work, migration, { state: 'unavailable', statementsDone: 0, durationMs: 0 });
    return;
  }
  const watch = await watchBlockers(clients, signal);
  try {
    await (migration.transactional ? inTransaction : oneByOne)(work, migration);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Failed ? report(migration, error, watch.last()) : error;
  } finally {
    await watch.stop();
    // A file may SET what it likes; the next one starts afresh.
    await ask(work, 'discard all').catch(() => undefined);
  }
}

async function inTransaction(work: Client, migration: PendingMigration): Promise<void> {
  const begin = performance.now();
  await ask(work, 'begin');
  try {
    await ask(work, `set local lock_timeout = ${migration.lockTimeoutMs}`);
    // Should this program freeze, the locks that it has taken are given back.
    await ask(work, `set local idle_in_transaction_session_timeout = '60s'`);
    for (const [index, statement] of migration.statements.entries()) await run(work, statement, index);
    await ask(work, 'reset role');
    await enter(work, migration, {
      state: 'applied',
      statementsDone: migration.statements.length,
      durationMs: performance.now() - begin,
    });
  } catch (error) {
    await ask(work, 'rollback').catch(() => undefined);
    throw error;
  }
  // Deferred constraints are checked here.
  const last = migration.statements.at(-1);
  const { command } = await work.query('commit').catch((error: unknown) => {
    throw new Failed(error, migration.statements.length - 1, last, 'at the commit');
  });
  if (command !== 'COMMIT') throw new Failed(new Error(`the server answered ${command}`), 0, last, 'at the commit');
}

async function oneByOne(work: Client, migration: PendingMigration): Promise<void> {
  const begin = performance.now();
  const state = (name: 'running' | 'failed' | 'applied', statementsDone: number) => {
    return { state: name, statementsDone, durationMs: performance.now() - begin };
  };
  await enter(work, migration, state('running', 0));
  await ask(work, `set lock_timeout = ${migration.lockTimeoutMs}`);
  for (const [index, statement] of migration.statements.entries()) {
    try {
      await run(work, statement, index);
    } catch (error) {
      await ask(work, 'reset role').catch(() => undefined);
      // Without a connection the entry stays `running`, which says as much.
      await progress(work, migration.name, state('failed', index)).catch(() => undefined);
      throw error;
    }
    const isLast = index === migration.statements.length - 1;
    await ask(work, 'reset role');
    await progress(work, migration.name, state(isLast ? 'applied' : 'running', index + 1));
  }
}

/** A statement did not succeed. */
class Failed extends Error {
  override readonly cause: unknown;
  readonly index: number;
  readonly statement: MigrationStatement | undefined;
  readonly where: string;

  constructor(cause: unknown, index: number, statement: MigrationStatement | undefined, where = '') {
    super('a statement failed');
    this.cause = cause;
    this.index = index;
    this.statement = statement;
    this.where = where;
  }
}

async function run(work: Client, statement: MigrationStatement, index: number): Promise<void> {
  try {
    await work.query(statement.text);
  } catch (error) {
    throw new Failed(error, index, statement);
  }
}

function report(migration: PendingMigration, failed: Failed, blockers: string | undefined): StackctlError {
  const { cause, index, statement, where } = failed;
  const place = placeOf(migration.path, statement, cause);
  const said = serverError(cause);
  const isBlocked = said?.sqlstate === SQLSTATE.lockNotAvailable || said?.sqlstate === SQLSTATE.deadlock;
  const details = {
    migration: migration.name,
    statement: index + 1,
    statements: migration.statements.length,
    sqlstate: said?.sqlstate ?? null,
    committed: migration.transactional ? 0 : index,
    ...(blockers === undefined ? {} : { blockers }),
  };
  if (migration.transactional && isBlocked) {
    const holder = blockers ?? said?.detail;
    return new StackctlError(
      'E_MIGRATION_BLOCKED',
      `${place}: ${said?.message}${holder === undefined ? '' : `, held by ${holder}`}`,
      {
        hint: 'End the transaction that holds the lock, or give the file more time with lock_timeout=….',
        details,
        cause,
      },
    );
  }
  const text = [where, failureText(cause, 0)].filter((part) => part !== '').join(': ');
  const lines = [
    `${place}: ${text}`,
    ...(said?.detail === undefined ? [] : [`Detail: ${said.detail}`]),
    ...(said?.hint === undefined ? [] : [`Hint: ${said.hint}`]),
    committedText(migration, index, said === undefined && where !== ''),
  ];
  return new StackctlError('E_MIGRATION_FAILED', lines.join('\n'), {
    hint: nextStep(migration, said !== undefined),
    details,
    cause,
  });
}

function nextStep({ transactional }: PendingMigration, isAnswer: boolean): string {
  if (!isAnswer) return 'See `stackctl status` and `stackctl logs`, and run `stackctl migrate up` again.';
  return transactional
    ? 'Correct the file and run `stackctl migrate up` again.'
    : 'Correct the file, so that it can run again from its first statement (IF NOT EXISTS), and run `stackctl migrate up` again.';
}

function committedText({ transactional, statements }: PendingMigration, index: number, isUnknown: boolean): string {
  if (transactional && isUnknown)
    return 'The connection broke during the commit: `stackctl migrate status` tells whether the file was applied.';
  if (transactional) return `Statement ${index + 1} of ${statements.length} failed: nothing of this file was applied.`;
  return `Statement ${index + 1} of ${statements.length} failed: the ${index} before it are in effect.`;
}

/** `path:line:column` of the mistake, or of the statement when the server names no place. */
function placeOf(path: string, statement: MigrationStatement | undefined, cause: unknown): string {
  if (statement === undefined) return path;
  const offset = serverError(cause)?.offset;
  // The server counts characters, JavaScript counts UTF-16 units.
  const units = offset === undefined ? 0 : [...statement.text].slice(0, offset).join('').length;
  const { line, column } = placeInFile(statement, units);
  return `${path}:${line}:${column}`;
}
