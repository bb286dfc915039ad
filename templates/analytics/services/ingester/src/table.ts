import pg from 'pg';
import type { Log } from 'stackctl/service-kit';
import { copyRows } from './copy.ts';
import { columnsOf, inOrder, type Row } from './row.ts';
import type { IngesterSettings } from './settings.ts';

export interface InsertResult<Item> {
  /** Rows that were new. */
  readonly inserted: number;
  /** Rows that were in the table already. */
  readonly duplicates: number;
  /** Items that no row can be made of, and PostgreSQL's reason. */
  readonly refused: readonly { readonly item: Item; readonly reason: string }[];
}

export interface EventTable {
  /**
   * Stores all of them, each at most once. Those that the server refuses for what is in them are found and left out.
   * @throws when the server cannot be asked, or refuses for another reason: nothing is known to be stored then.
   */
  insert<Item extends { readonly row: Row }>(items: readonly Item[]): Promise<InsertResult<Item>>;
  /** @throws the reason why events cannot be stored now. */
  check(): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_MS = 3000;
const STATEMENT_MS = 15_000;

/** One statement is one transaction. Duplicates inside a batch are found too. */
const INSERT = `INSERT INTO events (time, event_id, event_type, user_id, properties)
SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[])
ON CONFLICT DO NOTHING`;

export function openTable(settings: IngesterSettings, log: Log): EventTable {
  const pool = new pg.Pool({
    host: settings.PGHOST,
    port: settings.PGPORT,
    database: settings.PGDATABASE,
    user: settings.PGUSER,
    password: settings.PGPASSWORD?.reveal(),
    max: 2,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    // A server that is frozen does not end its statement.
    query_timeout: STATEMENT_MS + 1000,
    keepAlive: true,
    application_name: 'ingester',
  });
  pool.on('error', (error) => log.warn('connection to PostgreSQL lost', { error: error.message }));
  // One that is lost while COPY has it: the failure of the COPY says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  // Where one batch had rows of others, the next one is likely to: COPY would be for nothing.
  let isRepeated = false;
  return {
    insert: async (items) => {
      if (items.length === 0) return { inserted: 0, duplicates: 0, refused: [] };
      if (!isRepeated && (await isCopied(pool, items))) return { inserted: items.length, duplicates: 0, refused: [] };
      const result = await insert(pool, items);
      isRepeated = result.inserted < items.length;
      return result;
    },
    check: async () => void (await pool.query('SELECT FROM events LIMIT 0')),
    close: () => pool.end(),
  };
}

/** False: nothing is stored, and the server said why. */
async function isCopied(pool: pg.Pool, items: readonly { readonly row: Row }[]): Promise<boolean> {
  const client = await pool.connect();
  try {
    await copyRows(client, rowsOf(items));
    client.release();
    return true;
  } catch (error) {
    const isAnswered = error instanceof pg.DatabaseError;
    client.release(!isAnswered);
    if (!isAnswered) throw error;
    return false;
  }
}

async function insert<Item extends { readonly row: Row }>(
  pool: pg.Pool,
  items: readonly Item[],
): Promise<InsertResult<Item>> {
  try {
    const { rowCount } = await pool.query(INSERT, columnsOf(rowsOf(items)));
    const inserted = rowCount ?? 0;
    return { inserted, duplicates: items.length - inserted, refused: [] };
  } catch (error) {
    const reason = refusal(error);
    if (reason === undefined) throw error;
    if (items.length === 1) return { inserted: 0, duplicates: 0, refused: items.map((item) => ({ item, reason })) };
    return insertHalves(pool, items);
  }
}

async function insertHalves<Item extends { readonly row: Row }>(
  pool: pg.Pool,
  items: readonly Item[],
): Promise<InsertResult<Item>> {
  const middle = Math.ceil(items.length / 2);
  const first = await insert(pool, items.slice(0, middle));
  const second = await insert(pool, items.slice(middle));
  return {
    inserted: first.inserted + second.inserted,
    duplicates: first.duplicates + second.duplicates,
    refused: [...first.refused, ...second.refused],
  };
}

function rowsOf(items: readonly { readonly row: Row }[]): readonly Row[] {
  return inOrder(items.map(({ row }) => row));
}

/**
 * Why a row can never be stored, or undefined for what passes: only data (class 22), constraints (23), a row that is too
 * large for an index (54000) and a trigger of the user's (P0001) are about the row.
 */
function refusal(error: unknown): string | undefined {
  if (!(error instanceof pg.DatabaseError) || !/^(22|23|54000|P0001)/.test(error.code ?? '')) return undefined;
  return `${error.message} (SQLSTATE ${error.code})`;
}
