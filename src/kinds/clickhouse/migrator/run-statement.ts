import { setTimeout as delay } from 'node:timers/promises';
import type { ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError, failureText } from '../../../clients/clickhouse/failure.ts';
import type { ClickhouseSession } from '../../../clients/clickhouse/session.ts';
import { shortText } from '../../../clients/clickhouse/short-text.ts';
import { StackctlError } from '../../../errors.ts';
import {
  type MigrationStatement,
  type PendingMigration,
  placeInFile,
  type UnsoundObject,
} from '../../../stack/contract/migrate.ts';
import { isReadonlySet } from '../sql/readonly-set.ts';
import { adviceFor } from './advice.ts';
import { type Altered, alteredTable, inDatabase } from './altered-table.ts';
import { unreadableColumns } from './unreadable.ts';
import { type Mutation, mutationObject, openMutations } from './unsound.ts';

/** Mutations and ALTERs are done, or have failed, when the statement returns, whatever the file has set. */
const AWAITED = { mutations_sync: 2, alter_sync: 2 };
const POLL_MS = 200;
/** What the server says of a mutation that it cannot do. */
const UNFINISHED = 341;

export interface StatementRun {
  /** Asked for what the server does in the background; never in the file's session. */
  readonly target: ClickhouseTarget;
  readonly session: ClickhouseSession;
  readonly migration: PendingMigration;
  /** Names of objects that were unsound before the file's first attempt. */
  readonly unsoundBefore: readonly string[];
  /** Told of the table that a statement changes before it runs, and with undefined once it has done so. */
  readonly onAltering: (table: Altered | undefined) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Runs one statement of a file in the file's session and waits for the mutations that it began.
 * @throws E_MIGRATION_FAILED with its place; E_MIGRATION_UNSOUND for a mutation that failed; the signal's reason.
 */
export async function runStatement(run: StatementRun, statement: MigrationStatement): Promise<void> {
  const { session, signal } = run;
  let altered: Altered | undefined;
  try {
    altered = await alteredIn(run, statement);
    if (altered !== undefined) await run.onAltering(altered);
    await session.run(statement.text, { settings: AWAITED, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    // The server reports a mutation that failed as the failure of the statement, with less than the mutation itself says.
    const failed = await failedMutations(run, altered, error).catch(() => []);
    throw failed.length > 0
      ? unsoundError(run, statement, failed.map(mutationObject))
      : statementFailure(run, statement, error);
  }
  if (altered === undefined) return;
  await awaitMutations(run, statement, altered);
  const unreadable = await unreadableColumns(run.target, altered, { signal });
  if (unreadable.length > 0) throw unsoundError(run, statement, unreadable);
  await run.onAltering(undefined);
}

async function alteredIn(
  { session, signal }: StatementRun,
  { text }: MigrationStatement,
): Promise<Altered | undefined> {
  const altered = alteredTable(text);
  return altered && inDatabase(altered, session, signal);
}

/** For what the settings do not bind: a server of several replicas, or one whose setting is fixed. */
async function awaitMutations(run: StatementRun, statement: MigrationStatement, altered: Altered): Promise<void> {
  for (;;) {
    const open = await mutationsOf(run, altered);
    const failed = open.filter(({ failure }) => failure !== '');
    if (failed.length > 0) throw unsoundError(run, statement, failed.map(mutationObject));
    if (open.length === 0) return;
    await delay(POLL_MS, undefined, { signal: run.signal });
  }
}

/** Behind one that was stuck before, the statement's own is not done either: then that one is what stops it. */
async function failedMutations(
  run: StatementRun,
  altered: Altered | undefined,
  error: unknown,
): Promise<readonly Mutation[]> {
  if (altered === undefined) return [];
  const before = error instanceof ClickhouseError && error.serverCode === UNFINISHED ? [] : run.unsoundBefore;
  return (await mutationsOf({ ...run, unsoundBefore: before }, altered)).filter(({ failure }) => failure !== '');
}

/** Of the table that the statement changes, without those that were stuck before. */
async function mutationsOf(
  { target, unsoundBefore }: Pick<StatementRun, 'target' | 'unsoundBefore'>,
  { database, table }: Altered,
): Promise<readonly Mutation[]> {
  const open = await openMutations(target);
  return open.filter(
    (mutation) =>
      mutation.database === database &&
      (table === undefined || mutation.table === table) &&
      !unsoundBefore.includes(mutationObject(mutation).name),
  );
}

function unsoundError(
  { migration }: StatementRun,
  statement: MigrationStatement,
  objects: readonly UnsoundObject[],
): StackctlError {
  const { line, column } = placeInFile(statement, 0);
  const reasons = objects.map(({ name, reason }) => `${name}: ${reason}`);
  return new StackctlError('E_MIGRATION_UNSOUND', `${migration.path}:${line}:${column}: ${reasons.join('; ')}`, {
    hint: `First run ${objects.map(({ fix }) => fix).join(', ')}. Then fix the rows or the file, and run \`stackctl migrate up\` again.`,
    details: { path: migration.path, line, column, unsound: objects },
  });
}

function statementFailure(
  { target: { user }, migration: { path, statements } }: StatementRun,
  statement: MigrationStatement,
  error: unknown,
): StackctlError {
  const isServers = error instanceof ClickhouseError;
  const { line, column } = placeInFile(statement, isServers ? characters(statement.text, error.position ?? 0) : 0);
  const text = isServers ? shortText(error) : failureText(error, 0);
  const setsReadonly = statements.slice(0, statements.indexOf(statement) + 1).some((one) => isReadonlySet(one.text));
  return new StackctlError('E_MIGRATION_FAILED', `${path}:${line}:${column}: ${text}`, {
    hint: `What ran before stays. ${adviceFor(error, { user, setsReadonly })} Then run \`stackctl migrate up\` again.`,
    details: { path, line, column, ...(isServers && { serverCode: error.serverCode, serverError: error.type }) },
    cause: error,
  });
}

/** The server counts bytes. */
function characters(text: string, bytes: number): number {
  return Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length;
}
