import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import type { UnderWay } from './ledger.ts';
import type { EarlierAttempt } from './resume.ts';

const EVERY_MS = 200;

interface Row {
  readonly state: string;
  readonly checksum: string;
  readonly statements_done: number;
  readonly done_checksum: string | null;
  readonly unsound_before: readonly string[] | null;
  readonly under_way: UnderWay | null;
  readonly statement_marks: readonly string[] | null;
}

export interface Earlier {
  readonly attempt: EarlierAttempt;
  /** Names of what was not valid before the first attempt, where the ledger has them. */
  readonly unsoundBefore: readonly string[] | undefined;
}

/**
 * What an attempt at a part of a file that did not complete has left; undefined: there was none. A session of it that is still at work (its
 * stackctl was killed) is waited for: it has to end before anything can be said.
 */
export async function readEarlier(
  guard: Client,
  { name, direction }: { readonly name: string; readonly direction: 'up' | 'down' },
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: (who: string) => void },
): Promise<Earlier | undefined> {
  const { rows } = await ask<{ [Column in keyof Row]: Row[Column] }>(
    guard,
    `select state, checksum, statements_done, done_checksum, unsound_before, under_way, statement_marks
     from stackctl.migrations where name = $1 and state in ('running', 'failed')
       and coalesce(part, 'up') = $2`,
    [name, direction],
  );
  const found = rows[0];
  if (found === undefined) return undefined;
  const underWay = found.under_way ?? undefined;
  if (underWay !== undefined) await untilEnded(guard, underWay, signal, onWait);
  const isCommitted = underWay?.xid !== undefined && (await outcomeOf(guard, underWay.xid)) === 'committed';
  return {
    attempt: {
      checksum: found.checksum,
      statementsDone: found.statements_done + (isCommitted ? 1 : 0),
      doneChecksum: (isCommitted ? underWay?.checksum : undefined) ?? found.done_checksum ?? undefined,
      isUnclear: underWay?.bare === true,
      marks: found.statement_marks ?? undefined,
    },
    unsoundBefore: found.unsound_before ?? undefined,
  };
}

/** A client that is gone does not end the statement that its session runs, such as the build of an index. */
async function untilEnded(
  guard: Client,
  { pid, since }: UnderWay,
  signal: AbortSignal,
  onWait: (who: string) => void,
): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    const { rows } = await ask(
      guard,
      `select from pg_stat_activity where pid = $1 and ${STARTED} = $2 and state <> 'idle'`,
      [pid, since],
    );
    if (rows.length === 0) return;
    signal.throwIfAborted();
    if (isFirst) onWait(`the statement of an earlier run is still at work (pid ${pid})`);
    await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Null for a transaction that is too old for the server to know: it was rolled back, or long ago. */
async function outcomeOf(guard: Client, xid: string): Promise<string | null> {
  const { rows } = await ask<{ outcome: string | null }>(guard, ASK_OUTCOME, [xid]);
  return rows[0]?.outcome ?? null;
}

// The server refuses to speak of a transaction of the future, which one of another server may be.
const ASK_OUTCOME = `
  select case when $1::bigint < txid_snapshot_xmax(txid_current_snapshot()) then txid_status($1::bigint) end as outcome`;

/** In microseconds: the same text in every session. */
const STARTED = '(extract(epoch from backend_start) * 1000000)::bigint::text';

/** The session that runs a file, as the ledger has it. */
export async function sessionOf(work: Client): Promise<Pick<UnderWay, 'pid' | 'since'>> {
  const { rows } = await ask<{ pid: number; since: string }>(
    work,
    `select pid, ${STARTED} as since from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()`,
  );
  return { pid: rows[0]?.pid ?? 0, since: rows[0]?.since ?? '' };
}
