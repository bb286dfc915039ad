import { hostname } from 'node:os';
import {
  askClickhouse,
  type ClickhouseTarget,
  quoteName,
  quoteText,
  runOnClickhouse,
} from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import { ownMark, type ProcessMark } from '../../../lib/process-identity.ts';
import { LOCK_TABLE } from './tables.ts';

/** The table that is the lock: who has it stands in its comment. */

export interface Holder {
  readonly id: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly until: string;
  /** Absent: an earlier stackctl, which does not say. */
  readonly process?: ProcessMark;
}

/** A holder renews four times as often. The lock of one that was killed on another machine ends after this time. */
export const LEASE_MS = 20_000;
const TABLE_EXISTS = 57;
const UNKNOWN_TABLE = 60;

/** False: somebody has it. */
export async function create(target: ClickhouseTarget, id: string, table = LOCK_TABLE): Promise<boolean> {
  return unless(TABLE_EXISTS, () =>
    runOnClickhouse(
      target,
      `CREATE TABLE ${lockName(target, table)} (held UInt8) ENGINE = Memory COMMENT ${quoteText(comment(id))}`,
    ),
  );
}

/** False: it is no longer there. */
export async function renew(target: ClickhouseTarget, id: string, table = LOCK_TABLE): Promise<boolean> {
  return unless(UNKNOWN_TABLE, () =>
    runOnClickhouse(target, `ALTER TABLE ${lockName(target, table)} MODIFY COMMENT ${quoteText(comment(id))}`),
  );
}

export async function readHolder(target: ClickhouseTarget, table = LOCK_TABLE): Promise<Holder | undefined> {
  const { rows } = await askClickhouse<{ readonly comment: string }>(
    target,
    'SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
    { parameters: { name: table } },
  );
  const [row] = rows;
  return row === undefined ? undefined : (JSON.parse(row.comment) as Holder);
}

export async function drop(target: ClickhouseTarget, table = LOCK_TABLE): Promise<void> {
  await unless(UNKNOWN_TABLE, () => runOnClickhouse(target, `DROP TABLE ${lockName(target, table)} SYNC`));
}

/**
 * Takes the lock of a holder that is gone; false when it is no longer that one's. Several runs may find it at once, so there
 * is one turn for each lost holder, itself a lock: only who has it may replace the holder, and the lock is never absent
 * meanwhile. The turn of a run that was killed meanwhile is taken over in the same way.
 */
export async function succeed(
  target: ClickhouseTarget,
  id: string,
  lost: Holder,
  isAbandoned: (holder: Holder) => boolean,
  table = LOCK_TABLE,
): Promise<boolean> {
  const turn = `${LOCK_TABLE}_${lost.id}`;
  const begunAt = Date.now();
  if (!(await create(target, id, turn))) {
    const other = await readHolder(target, turn);
    const isTheirs = other !== undefined && isAbandoned(other);
    if (!isTheirs || !(await succeed(target, id, other, isAbandoned, turn))) return false;
  }
  try {
    const isLost = (await readHolder(target, table))?.id === lost.id;
    // Held up for so long, this run may have been taken for lost itself.
    const isInTime = Date.now() - begunAt < LEASE_MS / 2;
    return isLost && isInTime && (await renew(target, id, table)) && (await readHolder(target, table))?.id === id;
  } finally {
    if ((await readHolder(target, turn))?.id === id) await drop(target, turn);
  }
}

/** Turns of runs that were killed. Only who has the lock may call it: then none of them counts any more. */
export async function dropTurns(target: ClickhouseTarget, isAbandoned: (holder: Holder) => boolean): Promise<void> {
  const { rows } = await askClickhouse<{ readonly name: string; readonly comment: string }>(
    target,
    'SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String})',
    { parameters: { prefix: `${LOCK_TABLE}_` } },
  );
  for (const { name, comment } of rows) if (isAbandoned(JSON.parse(comment) as Holder)) await drop(target, name);
}

/** Whether it was done; false: the server said this code. */
async function unless(code: number, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof ClickhouseError && error.serverCode === code) return false;
    throw error;
  }
}

function comment(id: string): string {
  const until = new Date(Date.now() + LEASE_MS).toISOString();
  const name = `stackctl on ${hostname()} (pid ${globalThis.process.pid})`;
  const holder: Holder = { id, name, until, process: ownMark() };
  return JSON.stringify(holder);
}

function lockName({ database = 'default' }: ClickhouseTarget, table = LOCK_TABLE): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}
