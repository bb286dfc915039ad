import type { Client } from 'pg';
import * as z from 'zod';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { SinkCapability, TrafficRun, TrafficSink } from '../../../stack/contract/traffic.ts';
import { columnName, tableName } from '../../../stack/source/qualified-name.ts';
import { type ServerOptions, serviceTarget } from './options.ts';

/** Every field of the body is a column of the table. */
const settings = z.strictObject({
  table: tableName.describe('With or without its schema; every field of the body is a column'),
  onConflict: z
    .union([columnName.transform((one) => [one]), z.array(columnName).min(1)], {
      error: 'must be a column, or a list of columns',
    })
    .transform((columns) => columns.map(({ parts }) => parts[0] ?? ''))
    .optional()
    .describe('Columns of a unique index: a row that is there already is not stored again. Without them, by COPY'),
});

type Settings = z.output<typeof settings>;

/** Events as rows, by COPY or INSERT. */
export const eventSink: SinkCapability<ServerOptions> = {
  settings,
  isTable: true,
  check: async (input, given, run) => {
    const { table, onConflict } = settings.parse(given);
    const [{ checkSinkTable }, { checkConflictTarget }] = await Promise.all([
      import('./event-table.ts'),
      import('./event-insert.ts'),
    ]);
    return asking(input, async (client) => {
      const wanted = { ...table, fields: run.fields };
      const mistakes = await checkSinkTable(client, wanted);
      if (mistakes.length > 0 || onConflict === undefined) return mistakes;
      return checkConflictTarget(client, { ...table, onConflict, idFields: run.idFields });
    });
  },
  open: async (input, given, run) => openSink(input, settings.parse(given), run),
  repeatable: async (_input, given) => {
    const { table, onConflict } = settings.parse(given);
    if (onConflict !== undefined) return true;
    return {
      why: `COPY into ${table.written} cannot leave out a row that is there already`,
      next: 'Name the columns of a unique index that has the id of the event: send.settings.onConflict: id.',
    };
  },
};

async function openSink(
  input: ServiceInput<ServerOptions>,
  { table, onConflict }: Settings,
  { fields }: TrafficRun,
): Promise<TrafficSink> {
  const { answerLimitMs, connectPostgres } = await import('../../../clients/postgres/connect.ts');
  const to = serviceTarget(input, 'load');
  const target = { connect: () => connectPostgres(to), table: table.parts, timeoutMs: to.timeoutMs };
  if (onConflict === undefined) {
    const { createCopyWriter } = await import('../../../clients/postgres/event-writer.ts');
    return createCopyWriter({ ...target, fields, answerMs: answerLimitMs(to) });
  }
  const [{ createInsertWriter }, { insertColumns }] = await Promise.all([
    import('../../../clients/postgres/insert-writer.ts'),
    import('./event-insert.ts'),
  ]);
  const columns = await asking(input, (client) => insertColumns(client, table.parts, fields));
  return createInsertWriter({ ...target, columns, onConflict });
}

async function asking<T>(input: ServiceInput<ServerOptions>, use: (client: Client) => Promise<T>): Promise<T> {
  const { withPostgres } = await import('../../../clients/postgres/connect.ts');
  return withPostgres(serviceTarget(input, 'load'), use);
}
