import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { anyOf } from '../../lib/poll.ts';
import { ask, row } from './connect.ts';

const EVERY_MS = 200;

export interface BlockerWatch {
  /** Who was in the way when last looked, in words. */
  last(): string | undefined;
  stop(): Promise<void>;
}

/**
 * Looks from another session who keeps `work` waiting, since nobody can tell once the statement has failed; and cancels
 * the statement when the signal aborts.
 */
export async function watchBlockers(
  { work, guard }: { readonly work: Client; readonly guard: Client },
  signal: AbortSignal,
): Promise<BlockerWatch> {
  const { rows } = await ask<{ pid: number }>(work, 'select pg_backend_pid() as pid');
  const pid = rows[0]?.pid;
  const stopping = new AbortController();
  let seen: string | undefined;
  const looking = (async () => {
    while (!stopping.signal.aborted) {
      await delay(EVERY_MS, undefined, { signal: anyOf([stopping.signal, signal]) }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      if (signal.aborted) await guard.query('select pg_cancel_backend($1)', [pid]);
      else seen = (await blockersOf(guard, pid)) ?? seen;
      if (signal.aborted) await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })().catch(() => undefined); // a broken connection shows where the work is done
  return {
    last: () => seen,
    stop: async () => {
      stopping.abort();
      await looking;
    },
  };
}

async function blockersOf(guard: Client, pid: number | undefined): Promise<string | undefined> {
  const { blockers } = await row<{ blockers: string | null }>(
    guard,
    `select string_agg(format('pid %s (%s, %s%s)', pid, coalesce(nullif(application_name, ''), 'no name'), state,
                              coalesce(': ' || left(regexp_replace(query, '\\s+', ' ', 'g'), 80), '')), '; ') as blockers
     from pg_stat_activity where pid = any (pg_blocking_pids($1))`,
    [pid],
  );
  return blockers ?? undefined;
}
