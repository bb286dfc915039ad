import * as z from 'zod';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { SinkCapability, TrafficRun, TrafficSink } from '../../../stack/contract/traffic.ts';
import { tableName } from '../../../stack/source/qualified-name.ts';
import { type ServerOptions, serviceTarget } from './options.ts';

/** Every field of the body is a column of the table. */
const settings = z.strictObject({ table: tableName });

/** Events as rows, by COPY. */
export const eventSink: SinkCapability<ServerOptions> = {
  settings,
  isTable: true,
  check: async (input, given, { fields }) => {
    const { table } = settings.parse(given);
    const [{ withPostgres }, { checkSinkTable }] = await Promise.all([
      import('../../../clients/postgres/connect.ts'),
      import('./event-table.ts'),
    ]);
    return withPostgres(serviceTarget(input, 'load'), (client) => checkSinkTable(client, { ...table, fields }));
  },
  open: async (input, given, run) => openSink(input, settings.parse(given), run),
};

async function openSink(
  input: ServiceInput<ServerOptions>,
  { table }: z.output<typeof settings>,
  { fields }: TrafficRun,
): Promise<TrafficSink> {
  const [{ createCopyWriter }, { connectPostgres }] = await Promise.all([
    import('../../../clients/postgres/event-writer.ts'),
    import('../../../clients/postgres/connect.ts'),
  ]);
  const to = serviceTarget(input, 'load');
  const connect = () => connectPostgres(to);
  return createCopyWriter({ connect, table: table.parts, fields, timeoutMs: to.timeoutMs });
}
