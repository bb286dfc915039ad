import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { failureText, serverError } from '../../../../clients/postgres/failure.ts';
import type { MigrationStatement } from '../../../../stack/contract/migrate.ts';

const LOCK_MS = 2000;

/**
 * Runs each statement in a transaction that changes nothing, and says why it does not hold: each has to return a row, and
 * neither false nor NULL in the first column of any. @throws what is no answer of the server.
 */
export async function checkStatements(
  client: Client,
  statements: readonly MigrationStatement[],
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for (const statement of statements) {
    signal.throwIfAborted();
    found.push(await check(client, statement));
  }
  return found;
}

async function check(client: Client, { text }: MigrationStatement): Promise<string | undefined> {
  await ask(client, `begin read only; set local lock_timeout = ${LOCK_MS}`);
  try {
    const { rows, fields } = await client.query({ text, rowMode: 'array' });
    return verdict(rows as readonly (readonly unknown[])[], fields[0]?.name ?? '');
  } catch (error) {
    if (serverError(error) === undefined) throw error;
    return failureText(error, 0);
  } finally {
    // Also what a statement has set, locked or prepared.
    await ask(client, 'rollback; set session authorization default');
    await ask(client, 'discard all');
  }
}

function verdict(rows: readonly (readonly unknown[])[], column: string): string | undefined {
  if (rows.length === 0) return 'it returns no row';
  const index = rows.findIndex(([first]) => first === false || first === null || first === undefined);
  if (index < 0) return undefined;
  const value = rows[index]?.[0] === false ? 'false' : 'NULL';
  return rows.length === 1
    ? `"${column}" is ${value}`
    : `"${column}" is ${value} in row ${index + 1} of ${rows.length}`;
}
