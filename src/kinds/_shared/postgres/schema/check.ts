import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { failureText, serverError } from '../../../../clients/postgres/failure.ts';
import { whyNot } from '../../../../stack/contract/check-answer.ts';
import type { MigrationStatement } from '../../../../stack/contract/migrate.ts';

/** How long a check waits for a lock that somebody else holds. */
const LOCK_MS = 2000;

/**
 * Runs each statement in a transaction that is read-only and rolled back, and takes back what it has set, locked or
 * prepared in its session. It holds when it gives a row and neither false nor null in the first column of any.
 * @returns why it does not hold, or undefined. @throws what is not the server's answer.
 */
export async function checkStatements(
  client: Client,
  statements: readonly MigrationStatement[],
): Promise<readonly (string | undefined)[]> {
  const reasons: (string | undefined)[] = [];
  for (const { text } of statements) {
    await ask(client, `begin read only; set local lock_timeout = ${LOCK_MS}`);
    try {
      const { rows, fields } = await client.query<unknown[]>({ text, rowMode: 'array' });
      const name = fields[0]?.name;
      reasons.push(whyNot(rows, { refused: [false, null], column: name === '?column?' ? undefined : name }));
    } catch (error) {
      if (serverError(error) === undefined) throw error;
      reasons.push(failureText(error, 0));
    } finally {
      await ask(client, 'rollback; set session authorization default');
      await ask(client, 'discard all');
    }
  }
  return reasons;
}
