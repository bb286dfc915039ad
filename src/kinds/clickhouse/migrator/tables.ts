/** The ledger: one row for each state of a migration; the last one counts. */
export const LEDGER_TABLE = 'stackctl_migrations';
/** Exists while a run migrates. */
export const LOCK_TABLE = 'stackctl_migrations_lock';
