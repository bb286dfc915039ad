import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { row } from '../../../../clients/postgres/connect.ts';
import { StackctlError } from '../../../../errors.ts';
import { isTimeout } from '../../../../lib/poll.ts';

/** Two numbers that make one advisory lock of each database: `stac`, `mig1` in ASCII. */
const LOCK = { group: 0x73746163, member: 0x6d696731 };
const POLL_MS = 100;

/**
 * Takes the lock by trying again and again. Never waits inside the server: a session that waits there holds a snapshot,
 * and CREATE INDEX CONCURRENTLY of the holder would wait for that snapshot, until the server ends one of the two.
 * @throws E_LOCKED naming the holder when the deadline of `signal` has passed; the signal's reason when it was interrupted.
 */
export async function takeLock(client: Client, signal: AbortSignal, onWait: (holder: string) => void): Promise<void> {
  for (;;) {
    const { taken } = await row<{ taken: boolean }>(client, 'select pg_try_advisory_lock($1, $2) as taken', [
      LOCK.group,
      LOCK.member,
    ]);
    if (taken) return;
    const holder = await holderOf(client);
    if (signal.aborted) throw isTimeout(signal.reason) ? locked(holder) : signal.reason;
    if (holder !== undefined) onWait(holder);
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Whether this session still holds the lock: a restart of the server ends it. */
export async function holdsLock(client: Client): Promise<boolean> {
  const { rows } = await client.query(`select 1 from pg_locks where ${MINE} and pid = pg_backend_pid()`, [
    LOCK.group,
    LOCK.member,
  ]);
  return rows.length > 0;
}

// objsubid 2: a lock of two numbers.
const MINE = `locktype = 'advisory' and classid::bigint = $1 and objid::bigint = $2 and objsubid = 2 and granted
  and database = (select oid from pg_database where datname = current_database())`;

/** Undefined when the lock has just been released. */
async function holderOf(client: Client): Promise<string | undefined> {
  const found = await row<{ holder: string } | undefined>(
    client,
    `select format('%s (pid %s%s, since %s UTC)', coalesce(nullif(application_name, ''), 'a session without a name'), pid,
                   coalesce(', from ' || host(client_addr), ''), to_char(backend_start at time zone 'UTC', 'HH24:MI:SS')) as holder
     from pg_locks join pg_stat_activity using (pid) where ${MINE}`,
    [LOCK.group, LOCK.member],
  );
  return found?.holder;
}

function locked(holder: string | undefined): StackctlError {
  return new StackctlError(
    'E_LOCKED',
    `another migration run is at work in this database: ${holder ?? 'it has just ended'}`,
    {
      hint: 'Wait for it and run `stackctl migrate up` again. The lock ends with its session: nothing has to be cleaned up.',
      details: { holder: holder ?? null },
    },
  );
}
