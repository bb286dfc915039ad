import type { Client } from 'pg';
import { type PostgresTarget, withPostgres } from '../../../clients/postgres/connect.ts';
import { failureText, SQLSTATE, sqlstateOf } from '../../../clients/postgres/failure.ts';
import { StackctlError } from '../../../errors.ts';
import type { InspectCell, InspectResult } from '../../../stack/contract/inspect.ts';

/** Runs the queries of one view: read-only, with a deadline, without waiting for locks. @throws E_INSPECT_FAILED */
export async function readView(
  target: PostgresTarget,
  read: (client: Client) => Promise<InspectResult>,
): Promise<InspectResult> {
  try {
    return await withPostgres(target, async (client) => {
      await client.query('begin transaction read only');
      return read(client);
    });
  } catch (error) {
    if (error instanceof StackctlError) throw error;
    throw new StackctlError('E_INSPECT_FAILED', whyNot(error, target), {
      hint: 'Run `stackctl status`, or try again when the server is less busy.',
      cause: error,
    });
  }
}

function whyNot(error: unknown, { timeoutMs, statementTimeoutMs = 0 }: PostgresTarget): string {
  switch (sqlstateOf(error)) {
    case SQLSTATE.queryCanceled:
      return `the server did not answer within ${statementTimeoutMs / 1000} s`;
    case SQLSTATE.lockNotAvailable:
      return 'another session holds a lock on a table of this view (see the view `locks`)';
    default:
      return failureText(error, timeoutMs);
  }
}

/** The rows of a query; column names as the query has them. Numbers of any size become JavaScript numbers. */
async function table(client: Client, sql: string): Promise<InspectResult> {
  const { fields, rows } = await client.query({ text: sql, rowMode: 'array' });
  return {
    columns: fields.map(({ name }) => name),
    rows: (rows as unknown[][]).map((cells) =>
      cells.map((cell, index) => cellOf(cell, NUMERIC.has(fields[index]?.dataTypeID ?? 0))),
    ),
  };
}

/** The first `most` rows of a query, with a note when there are more. @param sql a query without `limit`. */
export async function firstRows(client: Client, sql: string, most: number): Promise<InspectResult> {
  const result = await table(client, `${sql} limit ${most + 1}`);
  if (result.rows.length <= most) return result;
  return { ...result, rows: result.rows.slice(0, most), notes: [`only the first ${most} rows`] };
}

/** Object ids of the types that pg returns as text: int8 and numeric. */
const NUMERIC: ReadonlySet<number> = new Set([20, 1700]);

function cellOf(value: unknown, isNumber: boolean): InspectCell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (value instanceof Date) return value.toISOString();
  return isNumber ? Number(value) : String(value);
}
