import { type ClickhouseTarget, quoteName, runOnClickhouse } from '../../../clients/clickhouse/ask.ts';
import { currentUser } from '../../../lib/current-user.ts';
import type { PendingMigration } from '../../../stack/contract/migrate.ts';
import { VERSION } from '../../../version.ts';
import type { LedgerRow } from './ledger.ts';
import { LEDGER_TABLE } from './tables.ts';

/**
 * Makes the ledger where it is missing and gives one of an earlier version its new columns. Rows are only added, each with
 * a number, so that a crash loses none.
 */
export async function prepareLedger(target: ClickhouseTarget): Promise<void> {
  const ledger = quoteName(LEDGER_TABLE);
  await runOnClickhouse(
    target,
    `CREATE TABLE IF NOT EXISTS ${ledger} (
       name String, checksum String, state LowCardinality(String), applied_at DateTime64(3, 'UTC'), duration_ms UInt64,
       written UInt64
     ) ENGINE = MergeTree ORDER BY (name, written)`,
  );
  const added = NEW_COLUMNS.map((column) => `ADD COLUMN IF NOT EXISTS ${column}`).join(', ');
  await runOnClickhouse(target, `ALTER TABLE ${ledger} ${added}`);
}

/** Those that the first version did not have. */
const NEW_COLUMNS = [
  'version String',
  'part LowCardinality(String)',
  'statements_done UInt32',
  'done_checksum String',
  'in_doubt UInt8',
  'session String',
  'unsound_before String',
  'applied_by String',
  'tool_version String',
  'half_altered String',
] as const;

/** Enters a file in a new state: the row that was written last is the one that counts. */
export async function enter(target: ClickhouseTarget, row: NewRow): Promise<void> {
  const { name, checksum, state, appliedAt, durationMs, progress } = row;
  const columns: Readonly<Record<string, readonly [type: string, value: string | number]>> = {
    name: ['String', name],
    checksum: ['String', checksum],
    state: ['String', state],
    duration_ms: ['UInt64', durationMs],
    version: ['String', /^\d*/.exec(name)?.[0] ?? ''],
    part: ['String', progress?.part ?? ''],
    statements_done: ['UInt32', progress?.done ?? 0],
    done_checksum: ['String', progress?.doneChecksum ?? ''],
    in_doubt: ['UInt8', progress?.inDoubt === true ? 1 : 0],
    session: ['String', progress?.session ?? ''],
    unsound_before: ['String', JSON.stringify(progress?.unsoundBefore ?? [])],
    half_altered: ['String', JSON.stringify(progress?.halfAltered ?? [])],
    applied_by: ['String', currentUser()],
    tool_version: ['String', VERSION],
  };
  const names = Object.keys(columns);
  const ledger = quoteName(LEDGER_TABLE);
  await runOnClickhouse(
    target,
    `INSERT INTO ${ledger} (${names.join(', ')}, applied_at, written) SELECT
       ${names.map((column) => `{${column}:${columns[column]?.[0]}}`).join(', ')},
       fromUnixTimestamp64Milli({at:Int64}, 'UTC'), (SELECT count() FROM ${ledger}) + 1`,
    {
      parameters: {
        ...Object.fromEntries(names.map((column) => [column, columns[column]?.[1] ?? ''])),
        at: appliedAt.getTime(),
      },
    },
  );
}

export type NewRow = Pick<LedgerRow, 'name' | 'checksum' | 'state' | 'appliedAt' | 'durationMs' | 'progress'>;

/** Enters a file that is left out because the server lacks what it requires. */
export async function enterUnavailable(
  target: ClickhouseTarget,
  { name, checksum }: Pick<PendingMigration, 'name' | 'checksum'>,
): Promise<void> {
  await prepareLedger(target);
  await enter(target, {
    name,
    checksum,
    state: 'unavailable',
    appliedAt: new Date(),
    durationMs: 0,
    progress: undefined,
  });
}
