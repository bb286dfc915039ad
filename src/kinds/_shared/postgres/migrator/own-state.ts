import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';

/**
 * Puts a session that a file has changed back to what the ledger needs, inside the file's transaction and for the rest
 * of it. What the file has deferred is checked before that, as the role and with the settings that the file chose.
 */
export async function returnToOwnState(client: Client): Promise<void> {
  await ask(client, LIMITS);
  await client.query('set constraints all immediate');
  await ask(client, STATE);
}

/** First of all: what follows must not be cut short by a limit of the file's. */
const LIMITS = 'set local statement_timeout = 0; set local lock_timeout = 0';

const STATE = [
  // Also ends a SET ROLE. DEFAULT is who has connected.
  'set session authorization default',
  'set role none',
  // No table, function or operator of the file's takes the place of the server's.
  'set local search_path = pg_catalog, pg_temp',
  "set local client_encoding = 'UTF8'",
  'set local standard_conforming_strings = on',
  'set local row_security = on',
  'set local idle_in_transaction_session_timeout = 0',
].join('; ');
