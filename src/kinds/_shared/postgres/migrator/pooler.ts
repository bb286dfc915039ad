import type { Socket } from 'node:net';
import type { Client } from 'pg';
import { close, connectPostgres, type PostgresTarget, row } from '../../../../clients/postgres/connect.ts';
import { SQLSTATE, serverError } from '../../../../clients/postgres/failure.ts';
import { StackctlError } from '../../../../errors.ts';
import { formatAddress } from '../../../../stack/contract/model.ts';

const ROUNDS = 5;

/**
 * Refuses a connection whose session is not the server's own: a lock would belong to somebody else, and settings would
 * reach applications. @throws E_MIGRATION_UNAVAILABLE
 */
export async function refusePooler(guard: Client, target: PostgresTarget): Promise<void> {
  const { port, path } = await row<{ port: number | null; path: string }>(
    guard,
    `select inet_client_port() as port, current_setting('search_path') as path`,
  );
  if (path !== target.settings.search_path)
    throw refused(target, 'it drops the settings that a session begins with (ignore_startup_parameters)');
  // The server sees our own port: nothing but a network is in between.
  if (port === localPort(guard)) return;
  const other = await connectPostgres(target);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const [first, second, again] = [await pid(guard), await pid(other), await pid(guard)];
      if (first === second || first !== again)
        throw refused(target, 'it gives each transaction another session of the server (transaction pooling)');
    }
  } finally {
    await close(other);
  }
}

/** A pooler refuses startup options that it does not know, which no server does. */
export function startupRefusal(error: unknown, target: PostgresTarget): unknown {
  const said = serverError(error instanceof StackctlError ? error.cause : error);
  if (said?.sqlstate !== SQLSTATE.protocolViolation) return error;
  return refused(target, `it does not take the settings that a session begins with: ${said.message}`);
}

function refused(target: PostgresTarget, why: string): StackctlError {
  const address = formatAddress(target.address);
  return new StackctlError('E_MIGRATION_UNAVAILABLE', `a connection pooler answers at ${address}, and ${why}`, {
    hint: 'Migrations need a session of their own: give the address of the server itself, or of a pool with pool_mode = session.',
    details: { address },
  });
}

async function pid(client: Client): Promise<number> {
  return (await row<{ pid: number }>(client, 'select pg_backend_pid() as pid')).pid;
}

function localPort(client: Client): number | undefined {
  return (client as unknown as { readonly connection?: { readonly stream?: Socket } }).connection?.stream?.localPort;
}
