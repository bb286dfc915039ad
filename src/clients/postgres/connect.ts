import pg, { type Client, type QueryResult, type QueryResultRow } from 'pg';
import { defined } from '../../lib/defined.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Address } from '../../stack/contract/model.ts';

/** Default deadline of `ask`. */
export const ASK_MS = 10_000;

export interface PostgresTarget {
  readonly address: Address;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  /** Deadline of the connection, in milliseconds. */
  readonly timeoutMs: number;
  /** Deadline of each statement, in milliseconds; undefined: none. */
  readonly statementTimeoutMs?: number | undefined;
  /** What the session begins with, whatever server, database and role have set (see purpose.ts). */
  readonly settings: Readonly<Record<string, string>>;
  /** Time limits that only newer servers know; this session sets them to 0. */
  readonly liftedLimits?: readonly string[];
  /** What pg_stat_activity shows, e.g. `stackctl inspect`. */
  readonly applicationName: string;
}

/**
 * One connection over TCP, one attempt. Nothing of the caller's environment (PGHOST, PGOPTIONS, …) counts.
 * @throws the server's error (`code` is the SQLSTATE) or the network's.
 */
export async function connectPostgres(target: PostgresTarget): Promise<Client> {
  const { address, statementTimeoutMs, settings, liftedLimits = [] } = target;
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    database: target.database,
    user: target.user,
    password: target.password.reveal(),
    application_name: target.applicationName,
    connectionTimeoutMillis: target.timeoutMs,
    ssl: false,
    keepAlive: true,
    options: optionsText(settings, statementTimeoutMs),
    ...defined({ query_timeout: answerLimitMs(target) }),
  });
  // A connection that breaks between two statements emits an error here; the next statement fails too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    if (liftedLimits.length > 0) await client.query(LIFT, [[...liftedLimits]]);
    return client;
  } catch (error) {
    await close(client);
    throw error;
  }
}

/** Longest wait for an answer, in milliseconds: the server's own deadline comes first, and says that nothing was done. Undefined: none. */
export function answerLimitMs({ statementTimeoutMs }: Pick<PostgresTarget, 'statementTimeoutMs'>): number | undefined {
  return statementTimeoutMs === undefined ? undefined : statementTimeoutMs + 500;
}

const LIFT = `select set_config(name, '0', false) from pg_catalog.pg_settings where name = any ($1)`;

/** Startup options, as the server reads them. A session without any has the settings that applications have. */
function optionsText(settings: PostgresTarget['settings'], statementTimeoutMs = 0): string {
  const entries = Object.entries(settings);
  if (entries.length === 0) return '';
  return [...entries, ['statement_timeout', String(statementTimeoutMs)]]
    .map(([name, value = '']) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
    .join(' ');
}

/** Ends a connection, also one that hangs: the socket is gone when this returns or soon after. Never throws. */
export async function close(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  // `end` waits for the server's last message, which a frozen server never sends.
  cut(client);
}

/** Cuts the connection at once: every request that waits for an answer fails. */
export function cut(client: Client): void {
  (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream?.destroy();
}

/**
 * One statement that a healthy server answers at once. Without an answer within `withinMs` the connection is cut, because
 * every later statement on it would wait behind this one.
 */
export async function ask<Row extends QueryResultRow>(
  client: Client,
  sql: string,
  values: readonly unknown[] = [],
  withinMs: number = ASK_MS,
): Promise<QueryResult<Row>> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    cut(client);
  }, withinMs);
  try {
    return await client.query<Row>(sql, [...values]);
  } catch (error) {
    throw isLate ? Object.assign(new Error(`no reply within ${withinMs} ms`), { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `use` with a connection of its own. */
export async function withPostgres<T>(target: PostgresTarget, use: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectPostgres(target);
  try {
    return await use(client);
  } finally {
    await close(client);
  }
}

/** The first row of a query that has one. */
export async function row<Row>(client: Client, sql: string, values: readonly unknown[] = []): Promise<Row> {
  const { rows } = await client.query(sql, [...values]);
  return rows[0] as Row;
}

/** The rows of the last statement of a request: the driver answers several statements with a list of results. */
export function lastRows<Row>(result: unknown): readonly Row[] {
  const last = (Array.isArray(result) ? result.at(-1) : result) as { readonly rows: readonly Row[] };
  return last.rows;
}
