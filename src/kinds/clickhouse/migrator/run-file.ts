import type { ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import { isSessionBusy, newSessionId, openClickhouseSession } from '../../../clients/clickhouse/session.ts';
import { StackctlError } from '../../../errors.ts';
import { isTimeout, poll } from '../../../lib/poll.ts';
import type { ApplyHooks } from '../../../stack/contract/apply-hooks.ts';
import type { PendingMigration } from '../../../stack/contract/migrate.ts';
import { type Runs, runsOf } from '../sql/running/runs.ts';
import { prepareLedger } from './enter.ts';
import { addEvent, type NewEvent } from './events.ts';
import { type Journal, openJournal } from './journal.ts';
import { type LedgerRow, type Progress, readRow } from './ledger.ts';
import type { Lock } from './lock.ts';
import { refusedStart } from './refuse-start.ts';
import { isOnce, type Start, startOf } from './resume.ts';
import { runStatement, type StatementRun } from './run-statement.ts';
import { readUnsound } from './unsound.ts';

export interface FileRun {
  /** For the ledger and for questions, which never see the file's session. */
  readonly target: ClickhouseTarget;
  readonly lock: Lock | undefined;
  readonly part: Progress['part'];
  readonly signal: AbortSignal;
  readonly hooks?: ApplyHooks | undefined;
}

/**
 * Runs one part of a file statement by statement, in one session of the server, each under the lock, and enters it into
 * the ledger: as `unavailable` where the statements are those for a server that lacks what the file requires.
 * @throws E_MIGRATION_FAILED with the place of the statement, E_MIGRATION_UNSOUND, E_LOCKED when the lock was taken away.
 */
export async function runFile(run: FileRun, migration: PendingMigration): Promise<void> {
  const { target, part, signal } = run;
  await prepareLedger(target);
  const row = await readRow(target, migration.name);
  await earlierSessionEnded(run, row);
  const runs = runsOf(migration.statements.map(({ text }) => text));
  const start = startOf(migration, { part, runs, row });
  if (start.type === 'refused') throw refusedStart(migration, start, { run: runs[start.index], part });
  const unsoundBefore = start.unsoundBefore ?? (await readUnsound(target, { signal })).map(({ name }) => name);
  const session = newSessionId();
  const { halfAltered = [] } = row?.progress ?? {};
  const journal = openJournal(target, migration, { part, session, unsoundBefore, halfAltered });
  await journal.enter('running', start.index, isOnce(runs[start.index]));
  try {
    await runStatements(run, migration, { runs, start, journal, unsoundBefore });
    await refuseUnsound(run, migration, unsoundBefore);
  } catch (error) {
    // Who has taken the lock over writes the entries now. An entry that stays `running` means the same to the next run.
    if (!isLocked(error)) await journal.fail().catch(() => undefined);
    throw error;
  }
  const event = eventOf(part, migration);
  if (event !== undefined) await addEvent(target, { name: migration.name, ...event });
  const applied = migration.unavailable === undefined ? 'applied' : 'unavailable';
  await journal.enter(part === 'up' ? applied : 'reverted', migration.statements.length, false);
}

function eventOf(part: FileRun['part'], { outOfOrder }: PendingMigration): Omit<NewEvent, 'name'> | undefined {
  if (part === 'down') return { type: 'reverted', reason: 'its down part was run' };
  return outOfOrder === true
    ? { type: 'outOfOrder', reason: 'a file with a higher version was applied before' }
    : undefined;
}

interface Work {
  readonly runs: readonly Runs[];
  readonly start: Extract<Start, { readonly type: 'at' }>;
  readonly journal: Journal;
  readonly unsoundBefore: readonly string[];
}

async function runStatements(run: FileRun, migration: PendingMigration, work: Work): Promise<void> {
  const { target, lock, part, signal, hooks } = run;
  const { runs, start, journal, unsoundBefore } = work;
  const { statements } = migration;
  if (start.index === statements.length) return;
  const session = await openClickhouseSession(withLimits(target, migration), journal.session, signal);
  try {
    const statementRun: StatementRun = {
      target,
      session,
      migration,
      unsoundBefore,
      onAltering: journal.altering,
      signal,
    };
    for (const [index, statement] of statements.entries()) {
      if (index < start.index && !start.replay.includes(index)) continue;
      await lock?.check();
      if (index < start.index) {
        await runStatement(statementRun, statement);
        continue;
      }
      if (index === start.index && start.onlyIfMissing)
        await refuseFilled(statementRun, index, { run: runs[index], part, journal });
      await journal.begin(index, runs[index]);
      await runStatement(statementRun, statement).catch((error: unknown) => {
        journal.note(index, mayBeInEffect(error, runs[index], signal));
        throw error;
      });
      journal.note(index + 1, false);
      hooks?.onProgress?.(index + 1, statements.length);
    }
  } finally {
    await session.close();
  }
}

/** @throws E_MIGRATION_FAILED when the table that an earlier run may have filled only in part is there. */
async function refuseFilled(
  { session, migration, signal }: StatementRun,
  index: number,
  {
    run,
    part,
    journal,
  }: { readonly run: Runs | undefined; readonly part: Progress['part']; readonly journal: Journal },
): Promise<void> {
  const table = run?.type === 'fills' ? run.table : '';
  const rows = await session.ask<{ readonly result: number }>(`EXISTS TABLE ${table}`, { signal });
  if (rows[0]?.result !== 1) return;
  journal.note(index, true);
  throw refusedStart(migration, { type: 'refused', index, why: 'inDoubt' }, { run, part });
}

/** What the header of a file sets; the file's own SET counts after it. */
function withLimits(
  target: ClickhouseTarget,
  { lockTimeoutMs, statementTimeoutMs = 0 }: PendingMigration,
): ClickhouseTarget {
  const seconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));
  return {
    ...target,
    settings: {
      ...target.settings,
      ...(lockTimeoutMs > 0 && { lock_acquire_timeout: seconds(lockTimeoutMs) }),
      ...(statementTimeoutMs > 0 && { max_execution_time: seconds(statementTimeoutMs) }),
    },
  };
}

/** What an earlier run began may still be at work in the server, although that run is gone. */
async function earlierSessionEnded({ target, signal }: FileRun, row: LedgerRow | undefined): Promise<void> {
  const session = row?.progress?.session ?? '';
  if (session === '' || (row?.state !== 'running' && row?.state !== 'failed')) return;
  try {
    await poll(async () => ((await isSessionBusy(target, session, signal)) ? undefined : true), {
      everyMs: 200,
      signal,
    });
  } catch (error) {
    if (!isTimeout(signal.reason)) throw error;
    throw new StackctlError('E_LOCKED', `a statement of an earlier run of ${row.name} still runs in the server`, {
      hint: 'Wait for it, or end it: `SELECT query_id, elapsed, query FROM system.processes`, then KILL QUERY. Then run `stackctl migrate up` again.',
      details: { migration: row.name },
      cause: error,
    });
  }
}

/** Whether a statement that failed may have done something. Asked only where that matters: for what cannot run twice. */
function mayBeInEffect(error: unknown, run: Runs | undefined, signal: AbortSignal): boolean {
  const cause = error instanceof StackctlError && error.cause !== undefined ? error.cause : error;
  if (signal.aborted || !(cause instanceof ClickhouseError)) return !isLocked(error);
  return !(run?.type === 'once' && run.whole) && !BEFORE_IT_BEGAN.has(cause.serverCode);
}

/**
 * What a server says before it begins: it could not read the statement, a name in it is unknown or a type does not fit, the
 * user may not do it, the session is gone.
 */
const BEFORE_IT_BEGAN = new Set([
  16, 20, 42, 43, 46, 47, 48, 50, 56, 57, 60, 62, 73, 81, 115, 164, 344, 372, 373, 452, 497, 516,
]);

/** @throws E_MIGRATION_UNSOUND for what is not valid after the file and was before its first attempt. */
async function refuseUnsound(
  { target, part, signal }: FileRun,
  { path }: PendingMigration,
  before: readonly string[],
): Promise<void> {
  const found = (await readUnsound(target, { signal })).filter(({ name }) => !before.includes(name));
  if (found.length === 0) return;
  const fixes = found.flatMap(({ fix }) => (fix === undefined ? [] : [`\`${fix}\``]));
  const reasons = found.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new StackctlError(
    'E_MIGRATION_UNSOUND',
    `${path} is not ${part === 'up' ? 'applied' : 'taken back'}: ${reasons}`,
    {
      hint: `${fixes.length === 0 ? 'Repair it by hand' : `Repair it, or remove it: ${fixes.join(', ')}`}; then run \`stackctl migrate up\` again.`,
      details: { path, unsound: found },
    },
  );
}

function isLocked(error: unknown): boolean {
  return error instanceof StackctlError && error.code === 'E_LOCKED';
}
