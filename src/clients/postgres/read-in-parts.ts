import type { Client } from 'pg';

/** Few enough that a part takes little memory, and many enough that the way there and back is not felt. */
const PART_ROWS = 20_000;

export interface Question {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Ends the reading between two parts. */
  readonly signal: AbortSignal;
}

/**
 * Reads the first column of an answer of any size, part by part, by a cursor of the server: of what was there when the reading began.
 * @throws the server's error, the signal's reason; the transaction is rolled back then.
 */
export async function readInParts(
  client: Client,
  { sql, values, signal }: Question,
  read: (value: string) => void,
): Promise<void> {
  await client.query('begin read only');
  try {
    await client.query(`declare part no scroll cursor for ${sql}`, [...values]);
    for (let isFull = true; isFull; ) {
      signal.throwIfAborted();
      const { rows } = await client.query<[string]>({ text: `fetch ${PART_ROWS} from part`, rowMode: 'array' });
      for (const [value] of rows) read(value);
      isFull = rows.length === PART_ROWS;
    }
    await client.query('commit');
  } catch (error) {
    // The error that counts is the first one.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
