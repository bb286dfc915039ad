import { failureText, SQLSTATE, serverError } from '../../../../clients/postgres/failure.ts';
import { StackctlError } from '../../../../errors.ts';
import { defined } from '../../../../lib/defined.ts';
import { type MigrationStatement, type PendingMigration, placeInFile } from '../../../../stack/contract/migrate.ts';

/** A statement did not succeed. */
export class Failed extends Error {
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

/**
 * `kept`: settings of the server, database or role that are in force because this user may not change them.
 * E_MIGRATION_BLOCKED for a lock that another session holds, E_MIGRATION_FAILED for everything else.
 */
export function failedMigration(
  migration: PendingMigration,
  failed: Failed,
  { blockers, kept }: { readonly blockers: string | undefined; readonly kept: readonly string[] },
): StackctlError {
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
    ...defined({ blockers }),
  };
  if (migration.transactional && isBlocked) {
    const holder = blockers ?? said?.detail;
    return new StackctlError(
      'E_MIGRATION_BLOCKED',
      `${place}: ${said?.message}${holder === undefined ? '' : `, held by ${holder}`}`,
      {
        hint: 'End the transaction that holds the lock, or give the file more time (-- stackctl: lock_timeout=10s), and run `stackctl migrate up` again.',
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
    hint: nextStep(migration, said?.sqlstate, kept),
    details,
    cause,
  });
}

function nextStep(migration: PendingMigration, sqlstate: string | undefined, kept: readonly string[]): string {
  if (sqlstate === undefined) return 'Run `stackctl status` and `stackctl logs`, then `stackctl migrate up` again.';
  const bound =
    kept.length === 0 ? '' : ` The user of the service may not change what is in force here: ${kept.join(', ')}.`;
  return `${advice(migration, sqlstate)}${bound}`;
}

function advice({ transactional }: PendingMigration, sqlstate: string): string {
  if (sqlstate === SQLSTATE.queryCanceled)
    return 'Another session cancelled it (pg_cancel_backend), or the file sets a limit itself; limits of server, database and role do not apply to it. Run `stackctl migrate up` again.';
  if (sqlstate === SQLSTATE.readOnlyTransaction)
    return 'The file itself makes its transaction read-only, or the server is a standby: such settings of server, database and role do not apply to it.';
  return transactional
    ? 'Correct the file and run `stackctl migrate up` again.'
    : 'Correct the file, so that it can run again from its first statement (IF NOT EXISTS), and run `stackctl migrate up` again.';
}

function committedText({ transactional, statements }: PendingMigration, index: number, isUnknown: boolean): string {
  if (transactional && isUnknown)
    return 'The connection broke during the commit: run `stackctl migrate status` to see whether the file was applied.';
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
