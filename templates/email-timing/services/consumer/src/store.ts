/** Events and dead letters in ClickHouse. Inserting the same message again is harmless: both tables keep one row of it. */
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type DeadLetter, deadLetter } from './batch.ts';
import type { Rows } from './rows.ts';
import { COLUMNS } from './tab-separated.ts';

export interface StoreOptions {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
}

export interface EventStore {
  /** Inserts all; what the server cannot take becomes a dead letter. @throws when the server does not answer. */
  insert(rows: Rows, dead: readonly DeadLetter[], signal: AbortSignal): Promise<InsertResult>;
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
      const refused = await insertOrSplit(client, { rows, from: 0, to: rows.count }, signal);
      const all = [...dead, ...refused];
      if (all.length > 0) await insertDead(client, all, signal);
      return { inserted: rows.count - refused.length, dead: all };
    },
    async check(signal) {
      for (const table of [EVENTS, DEAD_LETTERS]) {
        await client.command({ query: `DESCRIBE TABLE ${table}`, abort_signal: signal });
      }
    },
    close: () => client.close(),
  };
}

/** The rows from one to before another. */
interface Range {
  readonly rows: Rows;
  readonly from: number;
  readonly to: number;
}

/** Halves what is refused until the rows at fault are alone. */
async function insertOrSplit(
  client: ClickHouseClient,
  range: Range,
  signal: AbortSignal,
): Promise<readonly DeadLetter[]> {
  const { rows, from, to } = range;
  if (from === to) return [];
  try {
    await insertRows(client, range, signal);
    return [];
  } catch (error) {
    if (!(error instanceof ClickHouseError) || !DATA_ERRORS.includes(error.code)) throw error;
    if (to - from === 1) {
      return [deadLetter(rows.source(from), `refused by ClickHouse: ${error.type ?? 'error'} (${error.code})`)];
    }
  }
  const middle = Math.ceil((from + to) / 2);
  const left = await insertOrSplit(client, { rows, from, to: middle }, signal);
  return [...left, ...(await insertOrSplit(client, { rows, from: middle, to }, signal))];
}

async function insertRows(client: ClickHouseClient, { rows, from, to }: Range, signal: AbortSignal): Promise<void> {
  const values = Readable.from([rows.lines(from, to)], { objectMode: false });
  await client.insert({ table: EVENTS, columns: [...COLUMNS], values, format: 'TabSeparated', abort_signal: signal });
}

async function insertDead(client: ClickHouseClient, dead: readonly DeadLetter[], signal: AbortSignal): Promise<void> {
  await client.insert({ table: DEAD_LETTERS, values: [...dead], format: 'JSONEachRow', abort_signal: signal });
}
