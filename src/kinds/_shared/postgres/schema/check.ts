import type { Client, QueryResult } from 'pg';
import { failureText, serverError } from '../../../../clients/postgres/failure.ts';
import type { MigrationStatement } from '../../../../stack/contract/migrate.ts';

/**
 * Runs each statement in a transaction that is read-only and rolled back. It holds when it gives a row and neither false nor
 * null in the first column of any. @returns why it does not hold, or undefined. @throws what is not the server's answer.
 */
export async function checkStatements(
  client: Client,
  statements: readonly MigrationStatement[],
): Promise<readonly (string | undefined)[]> {
  const reasons: (string | undefined)[] = [];
  for (const { text } of statements) {
    await client.query('begin read only');
    try {
      reasons.push(whyNot(await client.query({ text, rowMode: 'array' })));
    } catch (error) {
      if (serverError(error) === undefined) throw error;
      reasons.push(failureText(error, 0));
    } finally {
      await client.query('rollback');
    }
  }
  return reasons;
}

function whyNot({ rows, fields }: QueryResult<unknown[]>): string | undefined {
  if (rows.length === 0) return 'gives no row';
  const at = rows.findIndex(([first]) => first === false || first === null);
  if (at === -1) return undefined;
  const what = rows[at]?.[0] === null ? 'null' : 'false';
  const column = fields[0]?.name;
  const where = column === undefined || column === '?column?' ? 'its first column' : column;
  return `gives ${what} in ${where}${rows.length === 1 ? '' : `, row ${at + 1} of ${rows.length}`}`;
}
