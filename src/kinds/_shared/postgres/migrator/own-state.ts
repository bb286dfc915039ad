import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';

/**
 * Gives a session that a file has changed the settings that the ledger needs, for the rest of the file's transaction.
 * Deferred constraints are checked before that, with the role and the settings that the file chose.
 */
export async function returnToOwnState(client: Client): Promise<void> {
  await ask(client, LIMITS);
  await client.query('set constraints all immediate');
  await ask(client, STATE);
}

/** First: a time limit of the file must not end what follows. */
const LIMITS = 'set local statement_timeout = 0; set local lock_timeout = 0';

const STATE = [
  // Also ends a SET ROLE. DEFAULT is the user of the connection.
  'set session authorization default',
  'set role none',
  // Tables, functions and operators of the file must not hide those of the server.
  'set local search_path = pg_catalog, pg_temp',
  "set local client_encoding = 'UTF8'",
  'set local standard_conforming_strings = on',
  'set local row_security = on',
  'set local idle_in_transaction_session_timeout = 0',
].join('; ');
