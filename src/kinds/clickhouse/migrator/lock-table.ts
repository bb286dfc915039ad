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
export async function create(target: ClickhouseTarget, id: string): Promise<boolean> {
  return unless(TABLE_EXISTS, () =>
    runOnClickhouse(
      target,
      `CREATE TABLE ${lockName(target)} (held UInt8) ENGINE = Memory COMMENT ${quoteText(comment(id))}`,
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
 * Removes the lock of a holder that is gone. Several runs may find it at once, and the slower one must not remove the lock
 * that the faster one has taken since: only one can give the table its new name, and that name shows whose it was.
 */
export async function dropAbandoned(target: ClickhouseTarget, { id }: Holder): Promise<void> {
  const aside = `${LOCK_TABLE}_${id}`;
  if (!(await rename(target, LOCK_TABLE, aside))) return;
  const taken = await readHolder(target, aside);
  if (taken !== undefined && taken.id !== id) await rename(target, aside, LOCK_TABLE);
  else await drop(target, aside);
  for (const name of await leftAside(target)) await drop(target, name);
}

/** Those that a run which was killed meanwhile has put aside. */
async function leftAside(target: ClickhouseTarget): Promise<readonly string[]> {
  const { rows } = await askClickhouse<{ readonly name: string }>(
    target,
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String})
       AND metadata_modification_time < now() - ${LEASE_MS / 1000}`,
    { parameters: { prefix: `${LOCK_TABLE}_` } },
  );
  return rows.map(({ name }) => name);
}

async function rename(target: ClickhouseTarget, from: string, to: string): Promise<boolean> {
  const statement = `RENAME TABLE ${lockName(target, from)} TO ${lockName(target, to)}`;
  return unless([UNKNOWN_TABLE, TABLE_EXISTS], () => runOnClickhouse(target, statement));
}

/** Whether it was done; false: the server said one of these codes. */
async function unless(codes: number | readonly number[], act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof ClickhouseError && [codes].flat().includes(error.serverCode)) return false;
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
