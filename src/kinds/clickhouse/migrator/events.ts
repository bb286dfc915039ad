import { type ClickhouseTarget, quoteName, runOnClickhouse } from '../../../clients/clickhouse/ask.ts';
import { currentUser } from '../../../lib/current-user.ts';
import type { LedgerEvent } from '../../../stack/contract/ledger.ts';
import { instant, rowsOf } from './ledger.ts';
import { EVENTS_TABLE } from './tables.ts';

/** Oldest first; empty also when there is no such table. Changes nothing. */
export async function readEvents(target: ClickhouseTarget): Promise<readonly LedgerEvent[]> {
  const table = quoteName(EVENTS_TABLE);
  const rows = await rowsOf<LedgerEvent>(target, `SELECT at, name, type, reason, by FROM ${table} ORDER BY at`);
  return rows.map((row) => ({ ...row, at: instant(row.at).toISOString() }));
}

/** Adds an event; makes the table where it is missing. */
export async function addEvent(target: ClickhouseTarget, { name, type, reason }: NewEvent): Promise<void> {
  const table = quoteName(EVENTS_TABLE);
  await runOnClickhouse(
    target,
    `CREATE TABLE IF NOT EXISTS ${table} (
       at DateTime64(3, 'UTC'), name String, type LowCardinality(String), reason String, by String
     ) ENGINE = MergeTree ORDER BY (at, name)`,
  );
  await runOnClickhouse(
    target,
    `INSERT INTO ${table} SELECT now64(3, 'UTC'), {name:String}, {type:String}, {reason:String}, {by:String}`,
    { parameters: { name, type, reason, by: currentUser() } },
  );
}

export type NewEvent = Pick<LedgerEvent, 'name' | 'type' | 'reason'>;
