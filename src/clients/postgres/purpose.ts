import type { PostgresTarget } from './connect.ts';

/**
 * What a connection is for. It decides how long things may take, and what the session sets itself when it begins:
 * settings that server, database or role have for applications (time limits, read only, another role) bind none of them.
 */
export type Purpose = 'probe' | 'provision' | 'inspect' | 'count' | 'ledger' | 'migrate';

type Session = Pick<
  PostgresTarget,
  'timeoutMs' | 'statementTimeoutMs' | 'applicationName' | 'settings' | 'newerLimits'
>;

/**
 * Settings that every version of the server has and every user may change. As startup options they win over ALTER ROLE
 * and ALTER DATABASE, and RESET ALL and DISCARD ALL come back to them.
 */
export const UNBOUND: Readonly<Record<string, string>> = {
  // What is sent is UTF-8, and statements are told apart by standard quotes.
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  role: 'none',
  row_security: 'on',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  idle_in_transaction_session_timeout: '0',
  lock_timeout: '0',
};

const MIGRATE_MS = 2000;

export const SESSIONS: Readonly<Record<Purpose, Session>> = {
  probe: session('stackctl probe', { timeoutMs: 1500, statementTimeoutMs: 1500 }),
  provision: session('stackctl provision', { timeoutMs: 1000 }),
  // Reads only, and waits for no lock that an application holds.
  inspect: session(
    'stackctl inspect',
    { timeoutMs: 2000, statementTimeoutMs: 5000 },
    { default_transaction_read_only: 'on', lock_timeout: '100' },
  ),
  // Counts all rows of a table.
  count: session('stackctl seed traffic', {
    timeoutMs: 3000,
    statementTimeoutMs: 60_000,
    newerLimits: ['transaction_timeout'],
  }),
  // Asks for nothing that takes long, and reads its own tables, whatever else has their names.
  ledger: session(
    'stackctl migrate',
    // It holds the lock for as long as a migration takes.
    { timeoutMs: MIGRATE_MS, statementTimeoutMs: 10_000, newerLimits: ['idle_session_timeout'] },
    { search_path: 'pg_catalog, pg_temp' },
  ),
  // Takes as long as it takes. Names are looked up as for everybody else: search_path stays as it is. What else binds
  // it in this server is found out before the first file (bindings.ts).
  migrate: session('stackctl migrate', { timeoutMs: MIGRATE_MS }),
};

function session(
  applicationName: string,
  limits: Pick<Session, 'timeoutMs' | 'statementTimeoutMs' | 'newerLimits'>,
  settings: Session['settings'] = {},
): Session {
  return { applicationName, ...limits, settings: { ...UNBOUND, ...settings } };
}
