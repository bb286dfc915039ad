import type { Client } from 'pg';
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
  let seen: string | undefined;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  /** The question under way; a broken connection fails the statement itself. */
  let asking: Promise<unknown> = Promise.resolve();
  // Plain timers: most files are done long before the first one, and there may be thousands.
  const wait = (): void => {
    if (!isOver) timer = setTimeout(look, EVERY_MS);
  };
  const look = (): void => {
    clearTimeout(timer);
    asking = askOnce().then(wait, () => undefined);
  };
  const askOnce = async (): Promise<void> => {
    if (signal.aborted) await guard.query('select pg_cancel_backend($1)', [pid]);
    else seen = (await blockersOf(guard, pid)) ?? seen;
  };
  const cancel = (): void => {
    asking = asking.then(() => (isOver ? undefined : look()));
  };
  signal.addEventListener('abort', cancel, { once: true });
  wait();
  return {
    last: () => seen,
    stop: async () => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      await asking;
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
