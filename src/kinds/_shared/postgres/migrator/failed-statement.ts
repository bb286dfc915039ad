import { failureText, SQLSTATE, serverError } from '../../../../clients/postgres/failure.ts';
import { StackctlError } from '../../../../errors.ts';
import { defined } from '../../../../lib/defined.ts';
import { type MigrationStatement, type PendingMigration, placeInFile } from '../../../../stack/contract/migrate.ts';
import { hintFor } from './hints.ts';
import type { ExtensionHint } from './refused.ts';
import { repairText } from './repair-text.ts';
import type { FoundUnsound } from './unsound.ts';

/** A statement did not succeed. */
export class Failed extends Error {
  override readonly cause: unknown;
  readonly index: number;
  readonly statement: MigrationStatement | undefined;
  readonly where: string;
  /** An earlier attempt may have done it already. */
  readonly wasBegun: boolean;
  /** Statements that are in effect, of a file without a transaction. */
  readonly done: number;
  /** Files that were sent behind it in the same request, when nobody knows how that ended. */
  readonly behind: number;

  constructor(
    cause: unknown,
    index: number,
    statement: MigrationStatement | undefined,
    where = '',
    { wasBegun = false, done = index, behind = 0 }: Partial<Pick<Failed, 'wasBegun' | 'done' | 'behind'>> = {},
  ) {
    super('a statement failed');
    this.cause = cause;
    this.index = index;
    this.statement = statement;
    this.where = where;
    this.wasBegun = wasBegun;
    this.done = done;
    this.behind = behind;
  }

  afterInterruption(): Failed {
    return new Failed(this.cause, this.index, this.statement, this.where, { wasBegun: true });
  }

  /** It was run again in a new session, behind those that are done. */
  inNewSession(done: number): Failed {
    const where = 'when it set up the session again';
    return new Failed(this.cause, this.index, this.statement, where, { done });
  }
}

/** A statement was not run: an earlier attempt may have done it, and a second run would do its work twice. */
export class Unclear extends Error {
  readonly index: number;
  readonly statement: MigrationStatement;

  constructor(index: number, statement: MigrationStatement) {
    super('a statement may be in effect');
    this.index = index;
    this.statement = statement;
  }
}

export interface Circumstances {
  readonly direction: 'up' | 'down';
  readonly user: string;
  readonly database: string;
  readonly blockers: string | undefined;
  /** Settings of the server, database or role that are in force because this user may not change them. */
  readonly kept: readonly string[];
  /** What the failed statement has left half made. */
  readonly leftBehind: readonly FoundUnsound[];
  readonly extensionHint: ExtensionHint;
}

/** E_MIGRATION_BLOCKED for a lock that another session holds, E_MIGRATION_FAILED for everything else. */
export function failedMigration(migration: PendingMigration, failed: Failed, around: Circumstances): StackctlError {
  const { cause, index, statement, where } = failed;
  const { blockers, leftBehind, direction } = around;
  const place = placeOf(migration.path, statement, cause);
  const said = serverError(cause);
  const isBlocked = said?.sqlstate === SQLSTATE.lockNotAvailable || said?.sqlstate === SQLSTATE.deadlock;
  const details = {
    migration: migration.name,
    statement: index + 1,
    statements: migration.statements.length,
    sqlstate: said?.sqlstate ?? null,
    committed: migration.transactional ? 0 : failed.done,
    ...defined({ blockers }),
    ...(leftBehind.length > 0 && { unsound: leftBehind.map(({ name, reason, fix }) => ({ name, reason, fix })) }),
  };
  const holder = isBlocked ? (blockers ?? said?.detail) : undefined;
  const held = holder === undefined ? '' : `, held by ${holder}`;
  if (migration.transactional && isBlocked) {
    return new StackctlError('E_MIGRATION_BLOCKED', `${place}: ${said?.message}${held}`, {
      hint: WAIT,
      details,
      cause,
    });
  }
  const text = [where, failureText(cause, 0)].filter((part) => part !== '').join(': ');
  const lines = [
    `${place}: ${text}${held}`,
    ...(said?.detail === undefined ? [] : [`Detail: ${said.detail}`]),
    ...(said?.hint === undefined ? [] : [`Hint: ${said.hint}`]),
    committedText(migration, failed, { direction, isUnknown: said === undefined && where !== '' }),
    ...leftBehind.map(({ name, reason }) => `It has left behind: ${name} ${reason}.`),
    ...(failed.wasBegun ? [BEGUN] : []),
  ];
  const hint = nextStep(migration, failed, around, isBlocked);
  return new StackctlError('E_MIGRATION_FAILED', lines.join('\n'), { hint, details, cause });
}

/** An error for a statement that must not be run again unasked. */
export function unclearMigration(migration: PendingMigration, { index, statement }: Unclear): StackctlError {
  const number = `Statement ${index + 1} of ${migration.statements.length}`;
  return new StackctlError(
    'E_MIGRATION_FAILED',
    `${placeOf(migration.path, statement, undefined)}: an earlier run ended while this statement was under way\n${number} may be in effect, and nothing in the server says so: it was not run again.`,
    {
      hint: repairText(migration.name, index),
      details: {
        migration: migration.name,
        statement: index + 1,
        statements: migration.statements.length,
        committed: index,
      },
    },
  );
}

const WAIT =
  'End the transaction that holds the lock, or give the file more time (-- stackctl: lock_timeout=10s), and run `stackctl migrate up` again.';
const BEGUN = 'An earlier run ended while this statement was under way: it may be in effect already.';

function nextStep(migration: PendingMigration, failed: Failed, around: Circumstances, isBlocked: boolean): string {
  const said = serverError(failed.cause);
  if (said === undefined) return 'Run `stackctl status` and `stackctl logs`, then `stackctl migrate up` again.';
  if (around.leftBehind.length > 0) {
    const commands = around.leftBehind.map(({ fix }) => `\`${fix}\``).join(', ');
    return `Correct what made it fail, remove what it has left behind (${commands}), and run \`stackctl migrate up\` again.`;
  }
  if (failed.wasBegun) return repairText(migration.name, failed.index);
  if (isBlocked) return WAIT;
  const { user, database, kept } = around;
  const { transactional, statementTimeoutMs = 0 } = migration;
  const text = failed.statement?.text ?? '';
  const refused = { said, text, transactional, statementTimeoutMs, user, database };
  const bound =
    kept.length === 0 ? '' : ` The user of the service may not change what is in force here: ${kept.join(', ')}.`;
  return `${around.extensionHint(refused) ?? hintFor(refused)}${bound}`;
}

function committedText(
  { transactional, statements }: PendingMigration,
  { index, done, behind }: Failed,
  { direction, isUnknown }: Pick<Circumstances, 'direction'> & { readonly isUnknown: boolean },
): string {
  const what = direction === 'up' ? 'applied' : 'taken back';
  if (transactional && isUnknown && behind > 0)
    return `The connection broke while this file and the ${behind} behind it were under way: run \`stackctl migrate status\` to see which of them were ${what}.`;
  if (transactional && isUnknown)
    return `The connection broke during the commit: run \`stackctl migrate status\` to see whether the file was ${what}.`;
  if (transactional) return `Statement ${index + 1} of ${statements.length} failed: nothing of this file was ${what}.`;
  return `Statement ${index + 1} of ${statements.length} failed: ${done === index ? doneBefore(index) : `${done} are in effect`}.`;
}

/** Of a file without a transaction. @param index of the statement that is not done, from 0. */
export function doneBefore(index: number): string {
  return index === 0 ? 'no statement was done before it' : `the ${index} before it are in effect`;
}

/** `path:line:column` of the mistake, or of the statement when the server names no place. */
export function placeOf(path: string, statement: MigrationStatement | undefined, cause: unknown): string {
  if (statement === undefined) return path;
  const offset = serverError(cause)?.offset;
  // The server counts characters, JavaScript counts UTF-16 units.
  const units = offset === undefined ? 0 : [...statement.text].slice(0, offset).join('').length;
  const { line, column } = placeInFile(statement, units);
  return `${path}:${line}:${column}`;
}
