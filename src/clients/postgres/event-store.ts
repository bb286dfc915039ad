import * as z from 'zod';
import { StackctlError } from '../../errors.ts';
import type { ServiceInput } from '../../stack/kind.ts';
import { eventId, idsIn, type TrafficCapability, type TrafficRun, type TrafficStore } from '../../stack/traffic.ts';
import type { PostgresTarget } from './connect.ts';
import { type ServerOptions, targetOf } from './options.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/;

const settings = z.strictObject({
  table: z.string().regex(NAME, { error: 'must be the name of a table, with or without its schema' }),
  /** Column of type uuid or text that holds the id. */
  idColumn: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of a column' }),
});

/** Reads the events of a run back from a table. The statements find them by the order of their ids. */
export const eventStore: TrafficCapability<ServerOptions> = {
  store: { settings, open: async (input, given, run) => openStore(input, settings.parse(given), run) },
};

function openStore(
  input: ServiceInput<ServerOptions>,
  { table, idColumn }: z.output<typeof settings>,
  { runId }: TrafficRun,
): TrafficStore {
  const range = [eventId(runId, 0), eventId(runId, 2 ** 48 - 1)];
  const condition = `from ${table} where ${idColumn} between $1 and $2`;
  const ask = async (sql: string): Promise<readonly (readonly string[])[]> => {
    const { withPostgres } = await import('./connect.ts');
    return withPostgres(target(input), async (client) => {
      const { rows } = await client.query<string[]>({ text: sql, values: range, rowMode: 'array' });
      return rows;
    });
  };
  return {
    name: `${input.service.name} ${table}`,
    guarantee: 'stored',
    count: async () => Number((await ask(`select count(*) ${condition}`))[0]?.[0]),
    read: async () => {
      const rows = await ask(`select ${idColumn}::text ${condition}`);
      return { ids: rows.flatMap(([id = '']) => idsIn(id, runId)), contradictions: [] };
    },
    close: async () => undefined,
  };
}

function target({ service }: ServiceInput<ServerOptions>): PostgresTarget {
  const [first] = service.instances;
  if (first === undefined) throw new StackctlError('E_NOT_RUNNING', `${service.name} has no instances`);
  return targetOf(first.client, service.options, 'count');
}
