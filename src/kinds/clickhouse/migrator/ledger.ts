import { askClickhouse, type ClickhouseTarget, quoteName, runOnClickhouse } from '../../../clients/clickhouse/ask.ts';
import type { LedgerEntry } from '../../../stack/contract/ledger.ts';
import type { PendingMigration } from '../../../stack/contract/migrate.ts';
import { LEDGER_TABLE } from './tables.ts';

/** In the order of application; empty also when there is no ledger. Changes nothing. */
export async function readLedger(target: ClickhouseTarget): Promise<readonly LedgerEntry[]> {
  const { rows: found } = await askClickhouse<{ readonly there: number }>(
    target,
    'SELECT count() AS there FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
    { parameters: { name: LEDGER_TABLE } },
  );
  if (found[0]?.there !== 1) return [];
  const { rows } = await askClickhouse<LedgerRow>(
    target,
    `SELECT name, argMax(checksum, written) AS checksum, argMax(state, written) AS state,
       toUnixTimestamp64Milli(argMax(applied_at, written)) AS appliedAtMs, argMax(duration_ms, written) AS durationMs
     FROM ${quoteName(LEDGER_TABLE)} GROUP BY name ORDER BY appliedAtMs, name`,
  );
  return rows.map(({ appliedAtMs, ...entry }) => ({ ...entry, appliedAt: new Date(appliedAtMs).toISOString() }));
}

/** Makes the ledger where it is missing. Rows are only added, each with a number, so that a crash loses none. */
export async function createLedger(target: ClickhouseTarget): Promise<void> {
  await runOnClickhouse(
    target,
    `CREATE TABLE IF NOT EXISTS ${quoteName(LEDGER_TABLE)} (
       name String, checksum String, state LowCardinality(String), applied_at DateTime64(3, 'UTC'), duration_ms UInt64,
       written UInt64
     ) ENGINE = MergeTree ORDER BY (name, written)`,
  );
}

/** Enters a file in a new state: the row that was written last is the one that counts. */
export async function enter(
  target: ClickhouseTarget,
  { name, checksum }: PendingMigration,
  { state, appliedAt, durationMs }: EntryState,
): Promise<void> {
  await runOnClickhouse(
    target,
    `INSERT INTO ${quoteName(LEDGER_TABLE)} SELECT {name:String}, {checksum:String}, {state:String},
       fromUnixTimestamp64Milli({appliedAt:Int64}, 'UTC'), {durationMs:UInt64},
       (SELECT count() FROM ${quoteName(LEDGER_TABLE)}) + 1`,
    { parameters: { name, checksum, state, appliedAt: appliedAt.getTime(), durationMs } },
  );
}

export interface EntryState {
  readonly state: LedgerEntry['state'];
  readonly appliedAt: Date;
  readonly durationMs: number;
}

interface LedgerRow extends Omit<LedgerEntry, 'appliedAt'> {
  readonly appliedAtMs: number;
}
