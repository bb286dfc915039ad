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

export async function renew(target: ClickhouseTarget, id: string): Promise<void> {
  await runOnClickhouse(target, `ALTER TABLE ${lockName(target)} MODIFY COMMENT ${quoteText(comment(id))}`);
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
 * is one turn for each lost holder: only who has it may replace the holder, and the lock is never absent meanwhile.
 */
export async function succeed(target: ClickhouseTarget, id: string, lost: Holder): Promise<boolean> {
  const turn = `${LOCK_TABLE}_${lost.id}`;
  for (const left of await lostTurns(target)) await drop(target, left);
  if (!(await create(target, id, turn))) return false;
  const isTheirs = (await readHolder(target))?.id === lost.id;
  if (isTheirs) await renew(target, id);
  await drop(target, turn);
  return isTheirs;
}

/** Those of runs that were killed meanwhile. */
async function lostTurns(target: ClickhouseTarget): Promise<readonly string[]> {
  const { rows } = await askClickhouse<{ readonly name: string }>(
    target,
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String})
       AND metadata_modification_time < now() - ${LEASE_MS / 1000}`,
    { parameters: { prefix: `${LOCK_TABLE}_` } },
  );
  return rows.map(({ name }) => name);
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
