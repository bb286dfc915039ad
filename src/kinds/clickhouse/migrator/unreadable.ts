import { askClickhouse, type ClickhouseTarget, quoteName, runOnClickhouse } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import { shortText } from '../../../clients/clickhouse/short-text.ts';
import type { UnsoundObject } from '../../../stack/contract/migrate.ts';
import type { Altered } from './altered-table.ts';

interface Difference {
  readonly database: string;
  readonly table: string;
  readonly column: string;
  readonly stored: string;
  readonly declared: string;
}

export interface ReadLimits {
  readonly signal?: AbortSignal;
  readonly maxSeconds?: number;
}

/**
 * What says nothing of the rows: UNKNOWN_TABLE, TOO_MANY_ROWS, TIMEOUT_EXCEEDED, TOO_SLOW, READONLY, TOO_MANY_SIMULTANEOUS_QUERIES,
 * MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES, QUERY_WAS_CANCELLED, SETTING_CONSTRAINT_VIOLATION, ACCESS_DENIED
 */
const NOT_ITS_ROWS = new Set([60, 158, 159, 160, 164, 202, 241, 307, 394, 452, 497]);

/**
 * Columns whose stored rows cannot be read as the type that the table has: a mutation that changed the type was ended
 * before it was done. To the server the type is as the file wants it, and the same ALTER does nothing any more. Reads such
 * columns, and only those of the table that the statement changes.
 * @param limits `maxSeconds` for each column: one that takes longer counts as readable.
 */
export async function unreadableColumns(
  target: ClickhouseTarget,
  { database, table }: Altered,
  limits: ReadLimits,
): Promise<readonly UnsoundObject[]> {
  const { rows } = await askClickhouse<Difference>(
    target,
    `SELECT DISTINCT p.database AS database, p.table AS table, p.column AS column, p.type AS stored, c.type AS declared
     FROM system.parts_columns AS p
     INNER JOIN system.columns AS c ON c.database = p.database AND c.table = p.table AND c.name = p.column
     WHERE p.active AND p.type != c.type AND p.database = {database:String}
       AND {table:String} IN ('', p.table) ORDER BY database, table, column`,
    { parameters: { database, table: table ?? '' }, ...(limits.signal && { signal: limits.signal }) },
  );
  const found: UnsoundObject[] = [];
  for (const difference of rows) {
    const reason = await whyUnreadable(target, difference, limits);
    if (reason !== undefined) found.push(reason);
  }
  return found;
}

/** Types may differ and fit: an Enum with more values. */
async function whyUnreadable(
  target: ClickhouseTarget,
  { database, table, column, stored, declared }: Difference,
  { signal, maxSeconds = 0 }: ReadLimits,
): Promise<UnsoundObject | undefined> {
  const place = `${quoteName(database)}.${quoteName(table)}`;
  try {
    const question = `SELECT ignore(${quoteName(column)}) FROM ${place}`;
    const limited = maxSeconds > 0 ? { settings: { max_execution_time: maxSeconds } } : {};
    await runOnClickhouse({ ...target, timeoutMs: 0 }, question, { ...(signal && { signal }), ...limited });
    return undefined;
  } catch (error) {
    if (!(error instanceof ClickhouseError)) throw error;
    if (NOT_ITS_ROWS.has(error.serverCode)) return undefined;
    return {
      name: `column ${column} of ${database}.${table}`,
      reason: `its rows are stored as ${stored} and cannot be read as ${declared}: ${shortText(error)}`,
      fix: `ALTER TABLE ${place} MODIFY COLUMN ${quoteName(column)} ${stored}`,
    };
  }
}
