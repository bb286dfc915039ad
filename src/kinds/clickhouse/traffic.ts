import * as z from 'zod';
import type { ServiceInput } from '../../stack/kind.ts';
import { idsIn, type TrafficCapability, type TrafficRun, type TrafficStore } from '../../stack/traffic.ts';
import type { ClickhouseOptions } from './options.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/;

const settings = z.strictObject({
  table: z.string().regex(NAME, { error: 'must be the name of a table, with or without its database' }),
  /** Column of type String or UUID that holds the id. */
  idColumn: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of a column' }),
});

const TIMEOUT_MS = 60_000;

/** Reads the events of a run back from a table. */
export const traffic: TrafficCapability<ClickhouseOptions> = {
  store: { settings, open: async (input, given, run) => openStore(input, settings.parse(given), run) },
};

function openStore(
  input: ServiceInput<ClickhouseOptions>,
  { table, idColumn }: z.output<typeof settings>,
  { runId }: TrafficRun,
): TrafficStore {
  const condition = `from ${table} where startsWith(toString(${idColumn}), {run:String})`;
  const ask = async <Row>(sql: string, signal: AbortSignal): Promise<readonly Row[]> => {
    const [{ askClickhouse }, { serviceTarget }] = await Promise.all([
      import('../../clients/clickhouse/ask.ts'),
      import('./target.ts'),
    ]);
    const { rows } = await askClickhouse<Row>(serviceTarget(input, TIMEOUT_MS), sql, {
      parameters: { run: runId },
      signal,
    });
    return rows;
  };
  return {
    name: `${input.service.name} ${table}`,
    guarantee: 'stored',
    count: async (signal) =>
      (await ask<{ count: number }>(`select count() as count ${condition}`, signal))[0]?.count ?? 0,
    read: async (signal) => {
      const rows = await ask<{ id: string }>(`select toString(${idColumn}) as id ${condition}`, signal);
      return { ids: rows.flatMap(({ id }) => idsIn(id, runId)), contradictions: [] };
    },
    close: async () => undefined,
  };
}
