import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { anyOf } from '../../lib/poll.ts';
import { row } from './connect.ts';

const EVERY_MS = 200;

export interface BlockerWatch {
  /** The sessions that blocked it at the last check, in words. */
  last(): string | undefined;
  stop(): Promise<void>;
}

/**
 * Asks from another session which sessions block the session `pid`: once the statement has failed, the server no longer knows. Cancels
 * the statement when the signal aborts.
 */
export function watchBlockers(
  { pid, guard }: { readonly pid: number; readonly guard: Client },
  signal: AbortSignal,
): BlockerWatch {
  const stopping = new AbortController();
  let seen: string | undefined;
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await delay(EVERY_MS, undefined, { signal: anyOf([stopping.signal, signal]) }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      if (signal.aborted) await guard.query('select pg_cancel_backend($1)', [pid]);
      else seen = (await blockersOf(guard, pid)) ?? seen;
      if (signal.aborted) await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })().catch(() => undefined); // a broken connection fails the statement itself
  return {
    last: () => seen,
    stop: async () => {
      stopping.abort();
      await watching;
    },
  };
}

/** At most two words of letters alone: what follows may be a password, also in a text that another session has sent. */
const FIRST_WORDS = `^\\s*([A-Za-z]+(?:[ ][A-Za-z]+)?)(?![A-Za-z0-9_$.''"])`;

async function blockersOf(guard: Client, pid: number): Promise<string | undefined> {
  const { blockers } = await row<{ blockers: string | null }>(
    guard,
    `select string_agg(format('pid %s (%s, %s%s)', pid, coalesce(nullif(application_name, ''), 'no name'), state,
                              coalesce(': ' || upper(substring(query from '${FIRST_WORDS}')), '')), '; ') as blockers
     from pg_stat_activity where pid = any (pg_blocking_pids($1))`,
    [pid],
  );
  return blockers ?? undefined;
}
