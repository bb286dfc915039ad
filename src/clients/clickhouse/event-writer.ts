import { textBytes } from '../../lib/text-bytes.ts';
import type { SendOutcome, TrafficSink } from '../../stack/contract/traffic.ts';
import { jsonOf, type TrafficEvent } from '../../stack/contract/traffic-event.ts';
import { type ClickhouseTarget, quoteName, runOnClickhouse } from './ask.ts';
import { ClickhouseError, failureText } from './failure.ts';

export interface InsertWriterInput {
  readonly target: ClickhouseTarget;
  /** Database and name, or the name alone. */
  readonly table: readonly string[];
  /** Fields of the events, which are columns of the table. */
  readonly fields: readonly string[];
  readonly runId: string;
  /** Of a table that batches may be sent to again; undefined: none is. */
  readonly memory?: BlockMemory | undefined;
}

/** How long a table knows the token of a block. */
export interface BlockMemory {
  /** So many blocks, of everyone who inserts into it. */
  readonly blocks: number;
  /** So long; undefined: for ever. */
  readonly seconds: number | undefined;
  /** A number that grows by one at least with every block that the table gets. */
  stored(): Promise<number>;
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
 * Writes events with INSERT, a batch in each, which is one block. A repetition of a batch is known by its token where a
 * table remembers tokens, and two equal batches of different runs are never taken for one another.
 */
export function createInsertWriter({ target, table, fields, runId, memory }: InsertWriterInput): TrafficSink {
  const statement = `INSERT INTO ${table.map(quoteName).join('.')} (${fields.map(quoteName).join(', ')}) FORMAT JSONEachRow\n`;
  const whyForgotten = memory === undefined ? undefined : forgetting(memory);
  let expected = 0;
  return {
    send: async (events) => {
      const forgotten = await whyForgotten?.(events[0]);
      if (forgotten !== undefined) return events.map(() => ({ type: 'unknown', reason: forgotten }));
      const text = (index: number): string =>
        index === 0 ? statement : `${jsonOf(events[index - 1] as TrafficEvent)}\n`;
      const insert = textBytes(1 + events.length, text, expected);
      expected = insert.length;
      const settings = {
        ...SETTINGS,
        insert_deduplicate: 1,
        insert_deduplication_token: `${runId}:${events[0]?.sequence ?? 0}`,
      };
      const outcome = await runOnClickhouse(target, insert, { settings }).then(
        (): SendOutcome => ({ type: 'acked' }),
        (error: unknown) => outcomeOf(error, target.timeoutMs),
      );
      return events.map(() => outcome);
    },
    close: async () => undefined, // a connection for each batch
  };
}

const ASKED_PER_MEMORY = 8;

/**
 * Why a batch, which is known by its first event, must not be sent again: the table may have forgotten its token. Undefined: it has
 * not, or the batch was never sent. Half of the memory is left for what others store meanwhile.
 */
function forgetting({ blocks, seconds, stored }: BlockMemory) {
  const firstSent = new WeakMap<TrafficEvent, { readonly atMs: number; readonly stored: number }>();
  let [mark, sent] = [0, 0];
  return async (first: TrafficEvent | undefined): Promise<string | undefined> => {
    if (first === undefined) return undefined;
    const before = firstSent.get(first);
    if (before === undefined) {
      // An earlier mark is a stricter one: where the server does not answer, it stays.
      if (sent++ % Math.ceil(blocks / ASKED_PER_MEMORY) === 0) mark = await stored().catch(() => mark);
      firstSent.set(first, { atMs: performance.now(), stored: mark });
      return undefined;
    }
    if (seconds !== undefined && performance.now() - before.atMs >= seconds * 500) {
      return `the table remembers a batch for ${seconds} s, and may have forgotten it`;
    }
    try {
      return (await stored()) - before.stored < blocks / 2
        ? undefined
        : `the table remembers ${blocks} blocks, and may have forgotten the batch`;
    } catch (error) {
      return failureText(error, 0).split('\n', 1)[0];
    }
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
