import type { SendOutcome, TrafficSink } from '../../stack/contract/traffic.ts';
import { type ClickhouseTarget, quoteName, runOnClickhouse } from './ask.ts';
import { ClickhouseError, failureText } from './failure.ts';

export interface InsertWriterInput {
  readonly target: ClickhouseTarget;
  /** Database and name, or the name alone. */
  readonly table: readonly string[];
  /** Fields of the events, which are columns of the table. */
  readonly fields: readonly string[];
  readonly runId: string;
}

/**
 * Errors that come before the first row is stored: what cannot be read, is not there or is not allowed
 * (https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp).
 */
const NEVER: ReadonlySet<number> = new Set([
  ...[6, 16, 25, 26, 27, 32, 33, 38, 41, 47, 53, 60, 62, 69, 70, 72, 81, 117, 131, 164, 192, 193, 194, 321, 349, 376],
  ...[469, 497, 516],
]);
/** The same, and later it may go well: too many parts or requests, a table that is read only for now. */
const NOT_NOW: ReadonlySet<number> = new Set([202, 242, 252]);

/**
 * Writes events with INSERT, a batch in each, which is one block. A repetition of a batch would be known by its token where a
 * table remembers tokens, and two equal batches of different runs are never taken for one another.
 */
export function createInsertWriter({ target, table, fields, runId }: InsertWriterInput): TrafficSink {
  const statement = `INSERT INTO ${table.map(quoteName).join('.')} (${fields.map(quoteName).join(', ')}) FORMAT JSONEachRow\n`;
  return {
    send: async (events) => {
      const rows = events.map(({ body }) => JSON.stringify(body)).join('\n');
      const settings = { ...SETTINGS, insert_deduplication_token: `${runId}:${events[0]?.sequence ?? 0}` };
      const outcome = await runOnClickhouse(target, statement + rows, { settings }).then(
        (): SendOutcome => ({ type: 'acked' }),
        (error: unknown) => outcomeOf(error, target.timeoutMs),
      );
      return events.map(() => outcome);
    },
    close: async () => undefined, // a connection for each batch
  };
}

/** The answer comes when the rows are stored, and instants are read as they are written in profiles. */
const SETTINGS = { async_insert: 0, date_time_input_format: 'best_effort' } as const;

function outcomeOf(error: unknown, timeoutMs: number): SendOutcome {
  const reason = failureText(error, timeoutMs).split('\n', 1)[0] ?? '';
  if (reason === 'connection refused') return { type: 'rejected', reason, unreachable: true };
  if (!(error instanceof ClickhouseError)) return { type: 'unknown', reason };
  const told = error.type === '' ? reason : error.type;
  if (NOT_NOW.has(error.serverCode)) return { type: 'rejected', reason: told, unreachable: true };
  return NEVER.has(error.serverCode) ? { type: 'rejected', reason } : { type: 'unknown', reason };
}
