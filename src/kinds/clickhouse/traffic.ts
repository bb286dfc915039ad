import * as z from 'zod';
import { type ClickhouseTarget, quoteName, quoteText } from '../../clients/clickhouse/ask.ts';
import { errorText, StackctlError } from '../../errors.ts';
import { idPattern } from '../../stack/contract/event-id.ts';
import { createIdTally } from '../../stack/contract/id-tally.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type { RangedStore, TrafficCapability, TrafficRun, TrafficStore } from '../../stack/contract/traffic.ts';
import { columnName, tableName } from '../../stack/source/qualified-name.ts';
import type { ClickhouseOptions } from './options.ts';

const settings = z.strictObject({
  table: tableName.describe('With or without its database'),
  idColumn: columnName.describe('Column of type String or UUID that holds the id'),
});

const CHECK_MS = 10_000;
const SEND_MS = 10_000;
const READ_MS = 60_000;

const sinkSettings = z.strictObject({
  table: tableName.describe('With or without its database; every field of the body is a column'),
});

/** Events as rows, by INSERT; read back from a table. */
export const traffic: TrafficCapability<ClickhouseOptions> = {
  sink: {
    settings: sinkSettings,
    isTable: true,
    check: async (input, given, { fields, signal }) => {
      const { table } = sinkSettings.parse(given);
      const [target, { checkSinkTable }] = await Promise.all([targetOf(input, CHECK_MS), import('./event-table.ts')]);
      const own = { ...target, database: input.service.options.database };
      return checkSinkTable(own, { ...table, fields }, signal);
    },
    open: async (input, given, { fields, runId, repeats, signal }) => {
      const { table } = sinkSettings.parse(given);
      const [target, { createInsertWriter }, memory] = await Promise.all([
        targetOf(input, SEND_MS),
        import('../../clients/clickhouse/event-writer.ts'),
        repeats && memoryOf(input, table, signal),
      ]);
      return createInsertWriter({
        ...{ target, table: table.parts, fields, runId },
        memory: memory !== undefined && 'blocks' in memory ? memory : undefined,
      });
    },
    repeatable: async (input, given, { signal }) => {
      const memory = await memoryOf(input, sinkSettings.parse(given).table, signal);
      return 'why' in memory ? memory : true;
    },
  },
  store: {
    settings,
    check: async (input, given, { signal }) => {
      const { table, idColumn } = settings.parse(given);
      const [target, { checkEventTable }] = await Promise.all([targetOf(input, CHECK_MS), import('./event-table.ts')]);
      const names = { table: table.parts, idColumn: idColumn.parts[0] ?? '' };
      return checkEventTable({ ...target, database: input.service.options.database }, names, table.written, signal);
    },
    open: async (input, given, run) => openStore(input, settings.parse(given), run),
    clean: (given) => ({ type: 'deletes', delete: (input, run) => deleteEvents(input, settings.parse(given), run) }),
  },
};

/** However long it takes, on every replica (https://clickhouse.com/docs/sql-reference/statements/alter#synchronicity-of-alter-queries). */
async function deleteEvents(
  input: ServiceInput<ClickhouseOptions>,
  { table, idColumn }: z.output<typeof settings>,
  { runId, signal }: TrafficRun,
): Promise<void> {
  const [target, { runOnClickhouse }] = await Promise.all([
    targetOf(input, 0),
    import('../../clients/clickhouse/ask.ts'),
  ]);
  const column = quoteName(idColumn.parts[0] ?? '');
  const condition = `match(toString(${column}), ${quoteText(idPattern(runId))})`;
  const statement = `ALTER TABLE ${table.parts.map(quoteName).join('.')} DELETE WHERE ${condition}`;
  await runOnClickhouse(target, statement, { settings: { mutations_sync: 2 }, signal });
}

function openStore(
  input: ServiceInput<ClickhouseOptions>,
  { table, idColumn }: z.output<typeof settings>,
  { runId }: TrafficRun,
): TrafficStore {
  const column = quoteName(idColumn.parts[0] ?? '');
  const from = `from ${table.parts.map(quoteName).join('.')}`;
  const condition = `${from} where startsWith(toString(${column}), {run:String})`;
  const ask = async <Row>(sql: string, signal: AbortSignal): Promise<readonly Row[]> => {
    const { askClickhouse } = await import('../../clients/clickhouse/ask.ts');
    const { rows } = await askClickhouse<Row>(await targetOf(input, READ_MS), sql, {
      parameters: { run: runId },
      signal,
    });
    return rows;
  };
  const countOf = async (rows: string, signal: AbortSignal): Promise<number> =>
    (await ask<{ count: number }>(`select count() as count ${rows}`, signal))[0]?.count ?? 0;
  const ranges = async (): Promise<RangedStore> => {
    const { rangesOfTable } = await import('./event-digest.ts');
    const rows = { id: `toString(${column})`, condition, parameters: { run: runId } };
    return rangesOfTable({ ...rows, runId, target: () => targetOf(input, READ_MS) });
  };
  return {
    name: `${input.service.name} ${table.written}`,
    guarantee: 'stored',
    ranged: {
      digest: async (signal) => (await ranges()).digest(signal),
      readRanges: async (indexes, found, signal) => (await ranges()).readRanges(indexes, found, signal),
    },
    count: (signal) => countOf(condition, signal),
    rows: (most, signal) => countOf(`from (select 1 ${from} limit ${most})`, signal),
    read: async (signal) => {
      const { readLinesOfClickhouse } = await import('../../clients/clickhouse/read-lines.ts');
      const found = createIdTally(runId);
      const options = { parameters: { run: runId }, signal };
      const target = await targetOf(input, READ_MS);
      await readLinesOfClickhouse(target, `select toString(${column}) ${condition}`, found.addAllIn, options);
      return { found, contradictions: [] };
    },
    close: async () => undefined,
  };
}

async function memoryOf(
  input: ServiceInput<ClickhouseOptions>,
  table: z.output<typeof tableName>,
  signal: AbortSignal,
) {
  const [target, { blockMemory }] = await Promise.all([targetOf(input, CHECK_MS), import('./deduplication.ts')]);
  const { name, options } = input.service;
  return blockMemory({ ...target, database: options.database }, table, signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new StackctlError('E_NOT_READY', `${name} cannot be asked about ${table.written}: ${errorText(cause)}`, {
      hint: `Nothing was sent. See \`stackctl status\` and \`stackctl logs ${name}\`.`,
      details: { service: name },
      cause,
    });
  });
}

async function targetOf(input: ServiceInput<ClickhouseOptions>, timeoutMs: number): Promise<ClickhouseTarget> {
  return (await import('./target.ts')).serviceTarget(input, timeoutMs);
}
