/** A recipient's history from ClickHouse: bounded in time, in rows and in how long it may take. */
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { HOURS_PER_WEEK } from './prior.ts';
import type { History } from './score.ts';

export interface HistoryStoreOptions {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
}

export interface HistoryStore {
  /** Of all the ids that one recipient has, in the 90 days up to `until`. @throws when the server does not answer. */
  read(universalIds: readonly string[], until: Date): Promise<History>;
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const DAYS = 90;
const MAX_EVENTS = 20_000;

/**
 * Newest first and at most so many. One row per event id by itself: `LIMIT 1 BY` needs only the rows of this
 * recipient, which the index on universal_id finds, where FINAL would have to merge everything around them.
 */
const QUERY = `
SELECT hour, countIf(event_type = 'opened') AS opens, countIf(event_type = 'clicked') AS clicks
FROM (
  SELECT event_id, event_type, (toDayOfWeek(timestamp, 0, 'UTC') - 1) * 24 + toHour(timestamp, 'UTC') AS hour
  FROM email_events
  WHERE universal_id IN ({ids: Array(String)})
    AND event_type IN ('opened', 'clicked')
    AND timestamp >= fromUnixTimestamp64Milli({from: Int64}) AND timestamp < fromUnixTimestamp64Milli({until: Int64})
  ORDER BY timestamp DESC, event_id
  LIMIT 1 BY event_id
  LIMIT ${MAX_EVENTS}
)
GROUP BY hour
SETTINGS final = 0`;

export function openHistoryStore({ url, database, user, password, timeoutMs }: HistoryStoreOptions): HistoryStore {
  const client = createClient({
    url,
    database,
    username: user,
    password,
    request_timeout: timeoutMs,
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { max_execution_time: Math.ceil(timeoutMs / 1000) },
  });
  return {
    read: (universalIds, until) => read(client, universalIds, until),
    async check(signal) {
      await client.command({ query: 'DESCRIBE TABLE email_events', abort_signal: signal });
    },
    close: () => client.close(),
  };
}

interface HourRow {
  readonly hour: number;
  /** 64-bit numbers come as text. */
  readonly opens: string | number;
  readonly clicks: string | number;
}

async function read(client: ClickHouseClient, universalIds: readonly string[], until: Date): Promise<History> {
  const result = await client.query({
    query: QUERY,
    format: 'JSONEachRow',
    query_params: { ids: [...universalIds], from: until.getTime() - DAYS * 86_400_000, until: until.getTime() },
  });
  const rows = await result.json<HourRow>();
  const byHour = (of: (row: HourRow) => string | number) => {
    const counts = new Map(rows.map((row) => [Number(row.hour), Number(of(row))]));
    return Array.from({ length: HOURS_PER_WEEK }, (_, hour) => counts.get(hour) ?? 0);
  };
  return { opens: byHour((row) => row.opens), clicks: byHour((row) => row.clicks) };
}
