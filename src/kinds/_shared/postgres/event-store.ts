import * as z from 'zod';
import { quoteIdentifier, quoteQualified } from '../../../clients/postgres/identifier.ts';
import { eventId, idPattern } from '../../../stack/contract/event-id.ts';
import { createIdTally } from '../../../stack/contract/id-tally.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { RangedStore, TrafficCapability, TrafficRun, TrafficStore } from '../../../stack/contract/traffic.ts';
import { columnName, tableName } from '../../../stack/source/qualified-name.ts';
import { type ServerOptions, serviceTarget } from './options.ts';

const settings = z.strictObject({
  table: tableName.describe('With or without its schema'),
  idColumn: columnName.describe('Column of type uuid or text that holds the id'),
});

type Settings = z.output<typeof settings>;

/** Reads the events of a run back from a table. The statements find them by the order of their ids. */
export const eventStore: TrafficCapability<ServerOptions> = {
  store: {
    settings,
    check: async (input, given) => {
      const { table, idColumn } = settings.parse(given);
      const [{ withPostgres }, { checkEventTable }] = await Promise.all([
        import('../../../clients/postgres/connect.ts'),
        import('./event-table.ts'),
      ]);
      const names = { table: table.parts, idColumn: idColumn.parts[0] ?? '' };
      return withPostgres(serviceTarget(input, 'count'), (client) => checkEventTable(client, names, table.written));
    },
    open: async (input, given, run) => openStore(input, settings.parse(given), run),
    clean: (given) => ({ type: 'deletes', delete: (input, run) => deleteEvents(input, settings.parse(given), run) }),
  },
};

/** In one transaction, however long it takes. In a column of text a collation may put other rows between the first id and the last. */
async function deleteEvents(
  input: ServiceInput<ServerOptions>,
  { table, idColumn }: Settings,
  { runId, signal }: TrafficRun,
): Promise<void> {
  const { cut, withPostgres } = await import('../../../clients/postgres/connect.ts');
  const column = quoteIdentifier(idColumn.parts[0] ?? '');
  const text = `delete from ${quoteQualified(table.parts)} where ${column} between $1 and $2 and ${column}::text ~ $3`;
  const target = { ...serviceTarget(input, 'count'), statementTimeoutMs: undefined };
  await withPostgres(target, async (client) => {
    const stop = (): void => cut(client);
    signal.addEventListener('abort', stop);
    try {
      await client.query(text, [...rangeOf(runId), idPattern(runId)]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
}

/** The first and the last id that a run may have. */
function rangeOf(runId: string): readonly [string, string] {
  return [eventId(runId, 0), eventId(runId, 2 ** 48 - 1)];
}

function openStore(
  input: ServiceInput<ServerOptions>,
  { table, idColumn }: Settings,
  { runId }: TrafficRun,
): TrafficStore {
  const range = rangeOf(runId);
  const column = quoteIdentifier(idColumn.parts[0] ?? '');
  const condition = `from ${quoteQualified(table.parts)} where ${column} between $1 and $2`;
  const countOf = async (sql: string, values: readonly unknown[]): Promise<number> => {
    const { withPostgres } = await import('../../../clients/postgres/connect.ts');
    return withPostgres(serviceTarget(input, 'count'), async (client) => {
      const { rows } = await client.query<string[]>({ text: sql, values: [...values], rowMode: 'array' });
      return Number(rows[0]?.[0]);
    });
  };
  const ranges = async (): Promise<RangedStore> => {
    const { rangesOfTable } = await import('./event-digest.ts');
    const names = { table: table.parts, idColumn: idColumn.parts[0] ?? '' };
    return rangesOfTable({ ...names, target: serviceTarget(input, 'count'), runId, between: range });
  };
  return {
    name: `${input.service.name} ${table.written}`,
    guarantee: 'stored',
    ranged: {
      digest: async (signal) => (await ranges()).digest(signal),
      readRanges: async (indexes, found, signal) => (await ranges()).readRanges(indexes, found, signal),
    },
    count: () => countOf(`select count(*) ${condition}`, range),
    rows: (most) => countOf(`select count(*) from (select from ${quoteQualified(table.parts)} limit $1) rows`, [most]),
    read: async (signal) => {
      const found = createIdTally(runId);
      const [{ withPostgres }, { readInParts }] = await Promise.all([
        import('../../../clients/postgres/connect.ts'),
        import('../../../clients/postgres/read-in-parts.ts'),
      ]);
      await withPostgres(serviceTarget(input, 'count'), (client) =>
        readInParts(client, { sql: `select ${column}::text ${condition}`, values: range, signal }, (id) =>
          found.addAllIn(id),
        ),
      );
      return { found, contradictions: [] };
    },
    close: async () => undefined,
  };
}
