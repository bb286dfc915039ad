import { askClickhouse, quoteName, quoteText, runOnClickhouse } from '../../clients/clickhouse/ask.ts';
import type { ResetCapability } from '../../stack/contract/kind.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { LOCK_TABLE, OWN_TABLES } from './migrator/tables.ts';
import type { ClickhouseOptions } from './options.ts';
import { serviceTarget } from './target.ts';

const ASK_MS = 10_000;
const EMPTY_MS = 60_000;

interface TableRow {
  readonly name: string;
  readonly rows: number;
}

type Input = ServiceInput<ClickhouseOptions>;

/** Empties every table of the database that has rows of its own; the schema and the record of migrations stay. */
export const reset: ResetCapability<ClickhouseOptions> = {
  async describe(input, signal) {
    const { database } = input.service.options;
    const tables = await tablesOf(input, signal);
    return tables.map(({ name, rows }) => `table ${database}.${name} (${rows} ${rows === 1 ? 'row' : 'rows'})`);
  },
  async reset(input, signal) {
    const { database } = input.service.options;
    for (const { name } of await tablesOf(input, signal)) {
      const statement = `TRUNCATE TABLE IF EXISTS ${quoteName(database)}.${quoteName(name)} SYNC`;
      // A confirmation was given: the server's own guard against dropping large tables has nothing to add.
      await runOnClickhouse(serviceTarget(input, EMPTY_MS), statement, {
        settings: { max_table_size_to_drop: 0 },
        signal,
      });
    }
  },
};

async function tablesOf(input: Input, signal: AbortSignal): Promise<readonly TableRow[]> {
  const { rows } = await askClickhouse<TableRow>(
    serviceTarget(input, ASK_MS),
    `SELECT name, ifNull(total_rows, 0) AS rows FROM system.tables
     WHERE database = {database:String} AND has_own_data AND NOT is_temporary AND name NOT IN (${OWN_TABLES.map(quoteText).join(', ')})
       AND NOT startsWith(name, ${quoteText(`${LOCK_TABLE}_`)})
     ORDER BY name`,
    { parameters: { database: input.service.options.database }, settings: { readonly: 2 }, signal },
  );
  return rows;
}
