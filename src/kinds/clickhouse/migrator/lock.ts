import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  askClickhouse,
  type ClickhouseTarget,
  quoteName,
  quoteText,
  runOnClickhouse,
} from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import { StackctlError } from '../../../errors.ts';
import { isTimeout, poll } from '../../../lib/poll.ts';
import { LOCK_TABLE } from './tables.ts';

export interface Lock {
  /** @throws E_LOCKED when another run has taken it over because it looked abandoned. */
  check(): Promise<void>;
  release(): Promise<void>;
}

interface Holder {
  readonly id: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly until: string;
}

/** A holder renews four times as often. The lock of one that was killed ends after this time. */
const LEASE_MS = 20_000;
/** Deadline of giving the lock back; the lease of a server that does not answer ends by itself. */
const RELEASE_MS = 2000;
const TABLE_EXISTS = 57;
const UNKNOWN_TABLE = 60;

/**
 * ClickHouse has no locks for clients, and without Keeper no compare-and-set. What a single server does one at a time is
 * CREATE TABLE: the lock is a table that exists, its comment says who has it and until when. It binds only those who ask for
 * it, on this one server, whose clocks agree to within seconds: two who find an abandoned lock at the same moment may
 * both take it, which each statement's check makes unlikely and nothing makes impossible.
 * @throws E_LOCKED naming the holder at the deadline of `signal`; the signal's reason when it was interrupted.
 */
export async function takeLock(
  target: ClickhouseTarget,
  signal: AbortSignal,
  onWait: (holder: string) => void,
): Promise<Lock> {
  const id = randomUUID();
  let announced: string | undefined;
  let holder: Holder | undefined;
  const isAbandoned = leaseWatch();
  try {
    await poll(
      async () => {
        if (await create(target, id)) return true;
        holder = await readHolder(target);
        if (holder !== undefined && isAbandoned(holder)) await drop(target);
        else if (holder !== undefined && holder.id !== announced) {
          announced = holder.id;
          onWait(holder.name);
        }
        return undefined;
      },
      { everyMs: 200, signal },
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!isTimeout(signal.reason)) throw signal.reason;
    throw new StackctlError(
      'E_LOCKED',
      `the migrations of this database are locked by ${holder?.name ?? 'another run'}`,
      {
        hint: `Wait for it and run \`stackctl migrate up\` again; the lock of a run that was killed ends after ${LEASE_MS / 1000} s.`,
        details: { holder: holder?.name ?? '' },
        cause: error,
      },
    );
  }
  return held(target, id);
}

/**
 * Whether a holder has not renewed its lease: by the time that it wrote down, or by being seen for as long as a lease
 * without a change, for a clock that was set back meanwhile.
 */
function leaseWatch(): (holder: Holder) => boolean {
  let seen: { readonly lease: string; readonly sinceMs: number } | undefined;
  return ({ id, until }) => {
    const lease = `${id} ${until}`;
    if (seen?.lease !== lease) seen = { lease, sinceMs: performance.now() };
    return Date.parse(until) < Date.now() || performance.now() - seen.sinceMs > LEASE_MS;
  };
}

function held(target: ClickhouseTarget, id: string): Lock {
  const check = async (): Promise<void> => {
    const holder = await readHolder(target);
    if (holder?.id === id) return;
    throw new StackctlError(
      'E_LOCKED',
      `the lock of the migrations was taken over by ${holder?.name ?? 'another run'}`,
      {
        hint: 'Another stackctl found it abandoned. Run `stackctl migrate status` before the next attempt.',
        details: { holder: holder?.name ?? '' },
      },
    );
  };
  const renew = async (): Promise<void> => {
    await check();
    await runOnClickhouse(target, `ALTER TABLE ${lockName(target)} MODIFY COMMENT ${quoteText(comment(id))}`);
  };
  // A renewal that fails shows at the next check.
  const timer = setInterval(() => void renew().catch(() => undefined), LEASE_MS / 4);
  timer.unref();
  return {
    check,
    release: async () => {
      clearInterval(timer);
      const soon = { ...target, timeoutMs: RELEASE_MS };
      const holder = await readHolder(soon);
      if (holder?.id === id) await drop(soon);
    },
  };
}

async function create(target: ClickhouseTarget, id: string): Promise<boolean> {
  try {
    await runOnClickhouse(
      target,
      `CREATE TABLE ${lockName(target)} (held UInt8) ENGINE = Memory COMMENT ${quoteText(comment(id))}`,
    );
    return true;
  } catch (error) {
    if (error instanceof ClickhouseError && error.serverCode === TABLE_EXISTS) return false;
    throw error;
  }
}

async function readHolder(target: ClickhouseTarget): Promise<Holder | undefined> {
  const { rows } = await askClickhouse<{ readonly comment: string }>(
    target,
    'SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
    { parameters: { name: LOCK_TABLE } },
  );
  const [row] = rows;
  return row === undefined ? undefined : (JSON.parse(row.comment) as Holder);
}

async function drop(target: ClickhouseTarget): Promise<void> {
  try {
    await runOnClickhouse(target, `DROP TABLE ${lockName(target)} SYNC`);
  } catch (error) {
    if (!(error instanceof ClickhouseError && error.serverCode === UNKNOWN_TABLE)) throw error;
  }
}

function comment(id: string): string {
  const until = new Date(Date.now() + LEASE_MS).toISOString();
  return JSON.stringify({ id, name: `stackctl on ${hostname()} (pid ${globalThis.process.pid})`, until });
}

function lockName({ database = 'default' }: ClickhouseTarget): string {
  return `${quoteName(database)}.${quoteName(LOCK_TABLE)}`;
}
