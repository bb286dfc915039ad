import type { Client } from 'pg';
import { ask, lastRows } from '../../../../clients/postgres/connect.ts';
import { type FoundUnsound, IS_ANYTHING_UNSOUND, readUnsound, type Suspicion } from './unsound.ts';

/**
 * Gives a session that a file has changed the settings that the ledger needs, for the rest of the file's transaction, and
 * reads what is not valid by then. Deferred constraints are checked before that, with the role and the settings that the
 * file chose. That is one request, which may take as long as those checks take.
 */
export async function returnToOwnState(client: Client): Promise<readonly FoundUnsound[]> {
  const asked = [LIMITS, 'set constraints all immediate', STATE, IS_ANYTHING_UNSOUND];
  return readUnsound(client, lastRows<Suspicion>(await client.query(asked.join('; '))));
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

/** As much of a new session as there can be inside a transaction: for the next file of a rehearsal. */
export async function startAfresh(client: Client): Promise<void> {
  await ask(client, AFRESH);
}

const AFRESH = [
  'reset all',
  'deallocate all',
  'close all',
  'unlisten *',
  'discard temp',
  'discard sequences',
  'select pg_catalog.pg_advisory_unlock_all()',
].join('; ');
