import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { connectPostgres, type PostgresTarget, row, withPostgres } from '../../../clients/postgres/connect.ts';
import { failureText, SQLSTATE, sqlstateOf } from '../../../clients/postgres/failure.ts';
import { quoteIdentifier } from '../../../clients/postgres/identifier.ts';
import { StackctlError } from '../../../errors.ts';
import { defined } from '../../../lib/defined.ts';
import { isTimeout } from '../../../lib/poll.ts';
import { formatAddress } from '../../../stack/contract/model.ts';

const RETRY_MS = 100;
/** Errors that do not go away by waiting. */
const FINAL: ReadonlySet<string | undefined> = new Set([
  SQLSTATE.passwordInvalid,
  SQLSTATE.roleInvalid,
  // A pooler that does not take the options of the connection.
  SQLSTATE.protocolViolation,
]);

/**
 * Connects as soon as the server takes connections.
 * @throws E_NOT_READY with the server's last answer at the signal's deadline, or at once when it refuses the
 * credentials; the signal's reason when it was interrupted.
 */
export async function connectWhenReady(target: PostgresTarget, signal: AbortSignal): Promise<Client> {
  let last = 'no attempt was made';
  while (!signal.aborted) {
    try {
      return await connectPostgres(target);
    } catch (error) {
      last = failureText(error, target.timeoutMs);
      if (FINAL.has(sqlstateOf(error)) || sqlstateOf(error) === SQLSTATE.databaseMissing) throw notReady(target, error);
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
  throw isTimeout(signal.reason) ? notReady(target, undefined, last) : signal.reason;
}

/** Makes the database where it is missing: a first start that was interrupted leaves a server without it. */
export async function ensureDatabase(target: PostgresTarget, signal: AbortSignal): Promise<void> {
  const maintenance = await connectWhenReady({ ...target, database: 'postgres' }, signal);
  try {
    const { found } = await row<{ found: boolean }>(
      maintenance,
      'select exists (select from pg_database where datname = $1) as found',
      [target.database],
    );
    if (!found) await maintenance.query(`create database ${quoteIdentifier(target.database)}`);
  } catch (error) {
    if (![SQLSTATE.duplicateDatabase, SQLSTATE.uniqueViolation].some((state) => state === sqlstateOf(error)))
      throw error;
  } finally {
    await maintenance.end().catch(() => undefined);
  }
}

/** `missing`: this installation does not have it. Two callers at the same time do not disturb each other. */
export async function ensureExtension(target: PostgresTarget, name: string): Promise<'there' | 'missing'> {
  return withPostgres(target, async (client) => {
    const { installed, available } = await row<{ installed: boolean; available: boolean }>(
      client,
      `select exists (select from pg_extension where extname = $1) as installed,
              exists (select from pg_available_extensions where name = $1) as available`,
      [name],
    );
    if (installed) return 'there';
    if (!available) return 'missing';
    try {
      await client.query(`create extension if not exists ${quoteIdentifier(name)} cascade`);
    } catch (error) {
      if (sqlstateOf(error) !== SQLSTATE.uniqueViolation) throw error; // the other caller was faster
    }
    return 'there';
  });
}

function notReady(target: PostgresTarget, cause: unknown, last = failureText(cause, target.timeoutMs)): StackctlError {
  return new StackctlError(
    'E_NOT_READY',
    `the server at ${formatAddress(target.address)} does not take connections: ${last}`,
    {
      hint: 'Run `stackctl status` and `stackctl logs`.',
      details: { address: formatAddress(target.address) },
      ...defined({ cause }),
    },
  );
}
