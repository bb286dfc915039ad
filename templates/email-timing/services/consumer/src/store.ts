/** Events and dead letters in ClickHouse. Inserting the same message again is harmless: both tables keep one row of it. */
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type DeadLetter, deadLetter, type SourcedRow } from './batch.ts';
import { COLUMNS, tabSeparated } from './tab-separated.ts';

export interface StoreOptions {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
}

export interface EventStore {
  /** Inserts all; what the server cannot take becomes a dead letter. @throws when the server does not answer. */
  insert(rows: readonly SourcedRow[], dead: readonly DeadLetter[], signal: AbortSignal): Promise<InsertResult>;
  /** @throws when the server does not answer or the tables are not there. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface InsertResult {
  readonly inserted: number;
  readonly dead: readonly DeadLetter[];
}

const EVENTS = 'email_events';
const DEAD_LETTERS = 'email_events_dead_letters';

/** Codes for what is wrong with the data itself: the same rows would be refused again and again. */
const DATA_ERRORS = ['6', '26', '27', '38', '41', '53', '69', '72', '117', '130', '321', '349', '407', '441'];

export function openEventStore({ url, database, user, password, timeoutMs }: StoreOptions): EventStore {
  const client = createClient({
    url,
    database,
    username: user,
    password,
    request_timeout: timeoutMs,
    keep_alive: { enabled: true },
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { date_time_input_format: 'best_effort' },
  });
  return {
    async insert(rows, dead, signal) {
      const refused = await insertOrSplit(client, rows, signal);
      const all = [...dead, ...refused];
      if (all.length > 0) await insertDead(client, all, signal);
      return { inserted: rows.length - refused.length, dead: all };
    },
    async check(signal) {
      for (const table of [EVENTS, DEAD_LETTERS]) {
        await client.command({ query: `DESCRIBE TABLE ${table}`, abort_signal: signal });
      }
    },
    close: () => client.close(),
  };
}

/** Halves what is refused until the rows at fault are alone. */
async function insertOrSplit(
  client: ClickHouseClient,
  rows: readonly SourcedRow[],
  signal: AbortSignal,
): Promise<readonly DeadLetter[]> {
  if (rows.length === 0) return [];
  try {
    await insertRows(client, rows, signal);
    return [];
  } catch (error) {
    if (!(error instanceof ClickHouseError) || !DATA_ERRORS.includes(error.code)) throw error;
    const [first] = rows;
    if (rows.length === 1 && first !== undefined) {
      return [deadLetter(first.source, `refused by ClickHouse: ${error.type ?? 'error'} (${error.code})`)];
    }
  }
  const middle = Math.ceil(rows.length / 2);
  const left = await insertOrSplit(client, rows.slice(0, middle), signal);
  return [...left, ...(await insertOrSplit(client, rows.slice(middle), signal))];
}

async function insertRows(client: ClickHouseClient, rows: readonly SourcedRow[], signal: AbortSignal): Promise<void> {
  let text = '';
  for (const { row } of rows) text += tabSeparated(row);
  const values = Readable.from([Buffer.from(text, 'utf8')], { objectMode: false });
  await client.insert({ table: EVENTS, columns: [...COLUMNS], values, format: 'TabSeparated', abort_signal: signal });
}

async function insertDead(client: ClickHouseClient, dead: readonly DeadLetter[], signal: AbortSignal): Promise<void> {
  await client.insert({ table: DEAD_LETTERS, values: [...dead], format: 'JSONEachRow', abort_signal: signal });
}
