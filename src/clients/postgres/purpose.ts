import type { PostgresTarget } from './connect.ts';

/**
 * What a connection is for. It decides how long things may take, and what the session sets itself when it begins:
 * settings that server, database or role have for applications (time limits, read only, another role) do not apply to it.
 */
export type Purpose = 'probe' | 'provision' | 'inspect' | 'load' | 'count' | 'ledger' | 'migrate';

type Session = Pick<
  PostgresTarget,
  'timeoutMs' | 'statementTimeoutMs' | 'applicationName' | 'settings' | 'liftedLimits'
>;

/**
 * Settings that every version of the server has and every user may change. As startup options they win over ALTER ROLE
 * and ALTER DATABASE, and RESET ALL and DISCARD ALL come back to them.
 */
export const OWN_SETTINGS: Readonly<Record<string, string>> = {
  // Statements are sent as UTF-8, and split by the rules of standard quotes.
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
  // A batch of events is stored, or refused, within seconds.
  load: session('stackctl seed traffic', {
    timeoutMs: 3000,
    statementTimeoutMs: 10_000,
    liftedLimits: ['transaction_timeout', 'idle_session_timeout'],
  }),
  // Counts all rows of a table.
  count: session('stackctl seed traffic', {
    timeoutMs: 3000,
    statementTimeoutMs: 60_000,
    liftedLimits: ['transaction_timeout'],
  }),
  // Asks only what is quick, and reads its own tables even where other tables have the same names.
  ledger: session(
    'stackctl migrate',
    // This session holds the lock of the migrations, so it may be idle for long.
    { timeoutMs: MIGRATE_MS, statementTimeoutMs: 10_000, liftedLimits: ['idle_session_timeout'] },
    { search_path: 'pg_catalog, pg_temp' },
  ),
  // No deadline. Names are found as in an application: search_path is not set. Other settings that would apply to it are
  // read before the first file (bindings.ts).
  migrate: session('stackctl migrate', { timeoutMs: MIGRATE_MS }),
};

function session(
  applicationName: string,
  limits: Pick<Session, 'timeoutMs' | 'statementTimeoutMs' | 'liftedLimits'>,
  settings: Session['settings'] = {},
): Session {
  return { applicationName, ...limits, settings: { ...OWN_SETTINGS, ...settings } };
}
