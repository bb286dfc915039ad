import { ask, lastRows } from '../../../../clients/postgres/connect.ts';
import { SQLSTATE, sqlstateOf } from '../../../../clients/postgres/failure.ts';
import type { MigrationStatement } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import { isOwnTransactions } from '../sql/running/repeatable.ts';
import { sessionOf } from './earlier-attempt.ts';
import { Failed } from './failed-statement.ts';
import { eventOf, type FileRun, runStatement, together, Unsound, unsoundNow } from './file-run.ts';
import { enter, enterDown, enteredState, progress, type Step, takeBack, type UnderWay } from './ledger.ts';
import { addEvent } from './ledger-events.ts';
import { marksOf } from './resume.ts';
import { startOf } from './start.ts';
import { unsoundByFile } from './unsound-by-file.ts';

/**
 * Runs the statements of a file, or of its down part, without a transaction around them. From the first attempt on the file
 * does not count as applied. The ledger is written by another session: whatever
 * the file does to its own, the entry says what was done.
 * @throws Failed, Unsound, Unclear; the entry says how far it came.
 */
export async function oneByOne(run: FileRun): Promise<void> {
  const { clients, migration, direction } = run;
  const { guard, work, appliedBy } = clients;
  const { done, isUnclear, sums, replay, before } = await startOf(run);
  const session = await sessionOf(work);
  const enterPart = direction === 'up' ? enter : enterDown;
  await enterPart(guard, migration, {
    state: 'running',
    statementsDone: done,
    doneChecksum: sums[done],
    durationMs: 0,
    appliedBy,
    unsoundBefore: before,
    statementMarks: marksOf(migration.statements),
    underWay: isUnclear ? { ...session, bare: true } : session,
  });
  await ask(work, limits(run));
  try {
    for (const index of replay) await runStatement(run, index);
  } catch (error) {
    const underWay = isUnclear ? { ...session, bare: true } : undefined;
    const counted = { statementsDone: done, doneChecksum: sums[done], durationMs: 0, underWay };
    await progress(guard, migration.name, { state: 'failed', ...counted }).catch(() => undefined);
    throw error instanceof Failed ? error.inNewSession(done) : error;
  }
  const begin = performance.now();
  const attempt: Attempt = { run, sums, session, before, begin };
  if (done === migration.statements.length) await concludeDone(attempt);
  for (let index = done; index < migration.statements.length; index++)
    await runNext(attempt, index, isUnclear && index === done);
}

interface Attempt {
  readonly run: FileRun;
  readonly sums: readonly string[];
  readonly session: Pick<UnderWay, 'pid' | 'since'>;
  /** Names of what was not valid before the first attempt. */
  readonly before: readonly string[];
  readonly begin: number;
}

function limits({ migration: { lockTimeoutMs, statementTimeoutMs = 0 } }: FileRun): string {
  return `set lock_timeout = ${lockTimeoutMs}; set statement_timeout = ${statementTimeoutMs}`;
}

/** @param wasBegun an earlier attempt may have done it already. */
async function runNext(attempt: Attempt, index: number, wasBegun: boolean): Promise<void> {
  const { run, session, sums } = attempt;
  const { migration, clients } = run;
  const { guard } = clients;
  const step = (state: Step['state'], done: number, underWay: UnderWay | undefined): Step => {
    return {
      state,
      statementsDone: done,
      doneChecksum: sums[done],
      durationMs: performance.now() - attempt.begin,
      underWay,
    };
  };
  let begun: UnderWay | undefined;
  const underWay = (more: Partial<UnderWay>) => {
    begun = { ...session, ...more };
    return progress(guard, migration.name, step('running', index, begun));
  };
  try {
    await runOne(run, index, { underWay, doneChecksum: sums[index + 1] as string });
    await refuseUnsound(attempt, index);
  } catch (error) {
    const earlier = wasBegun ? { ...session, bare: true } : undefined;
    // A session that went away may have done it: the next run asks the server for the end of its transaction.
    const still = isOpen(error) ? (begun ?? earlier) : earlier;
    // Without a connection the entry stays `running`, which means the same to the next run.
    await progress(guard, migration.name, step('failed', index, still)).catch(() => undefined);
    throw error instanceof Failed && wasBegun ? error.afterInterruption() : error;
  }
  if (index + 1 === migration.statements.length) await conclude(attempt);
  else await progress(guard, migration.name, step('running', index + 1, session));
  run.onProgress(index + 1);
}

/** The server did not say how the statement ended. */
function isOpen(error: unknown): boolean {
  return error instanceof Failed && /^(57P|$)/.test(sqlstateOf(error.cause) ?? '');
}

interface InterruptionRecord {
  /** Writes down who runs the statement, before it can be in effect. */
  readonly underWay: (more: Partial<UnderWay>) => Promise<void>;
  readonly doneChecksum: string;
}

/**
 * In a transaction of its own wherever that is possible: its number in the ledger then says for ever whether the statement
 * is in effect. What the server refuses there has done nothing, and runs bare.
 */
async function runOne(run: FileRun, index: number, { underWay, doneChecksum }: InterruptionRecord): Promise<void> {
  const { work } = run.clients;
  const statement = run.migration.statements[index] as MigrationStatement;
  if (isOwnTransactions(statement) || !(await inItsOwn())) {
    await underWay({ bare: true });
    await runStatement(run, index);
  }

  async function inItsOwn(): Promise<boolean> {
    const [first] = lastRows<{ xid: string }>(await work.query(BEGIN));
    try {
      await runStatement(run, index);
      await underWay({ xid: first?.xid as string, checksum: doneChecksum });
      await work.query('commit').catch((error: unknown) => {
        throw new Failed(error, index, statement);
      });
      return true;
    } catch (error) {
      await ask(work, 'rollback').catch(() => undefined);
      if (error instanceof Failed && ONLY_BARE.has(sqlstateOf(error.cause))) return false;
      throw error;
    }
  }
}

const BEGIN = 'begin; select pg_catalog.txid_current()::text as xid';
const ONLY_BARE: ReadonlySet<string | undefined> = new Set([SQLSTATE.activeTransaction, SQLSTATE.invalidTermination]);

/** A statement counts as done only when what it makes is valid. What changes rows makes no objects. */
async function refuseUnsound({ run, before }: Attempt, index: number): Promise<void> {
  const { statements } = run.migration;
  if (ROWS.test(leadingWords(statements[index]?.text ?? ''))) return;
  const objects = unsoundByFile(statements.slice(0, index + 1), await unsoundNow(run), before);
  if (objects.length > 0) throw new Unsound(objects, index);
}

/** Whether what the statements make is valid may have changed since they were counted as done, or was never asked. */
async function concludeDone(attempt: Attempt): Promise<void> {
  const { run, sums, begin, before } = attempt;
  const { statements, name } = run.migration;
  const objects = unsoundByFile(statements, await unsoundNow(run), before);
  if (objects.length === 0) return conclude(attempt);
  const durationMs = performance.now() - begin;
  const counted = { statementsDone: statements.length, doneChecksum: sums[statements.length] };
  await progress(run.clients.guard, name, { state: 'failed', ...counted, durationMs, underWay: undefined });
  throw new Unsound(objects, statements.length);
}

const ROWS = /^(INSERT|UPDATE|DELETE|MERGE|COPY)\b/;

async function conclude({ run, sums, begin }: Attempt): Promise<void> {
  const { migration, clients, direction } = run;
  const statementsDone = migration.statements.length;
  const durationMs = performance.now() - begin;
  await together(clients.guard, async () => {
    if (direction === 'down') await takeBack(clients.guard, migration.name);
    else {
      const doneChecksum = sums[statementsDone];
      await progress(clients.guard, migration.name, {
        state: enteredState(migration),
        statementsDone,
        doneChecksum,
        durationMs,
        underWay: undefined,
      });
    }
    const event = eventOf(run);
    if (event !== undefined) await addEvent(clients.guard, event);
  });
}
