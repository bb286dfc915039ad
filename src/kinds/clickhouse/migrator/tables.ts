/** What was applied; one row for each state of a migration, of which the last counts. */
export const LEDGER_TABLE = 'stackctl_migrations';
/** There while somebody migrates. */
export const LOCK_TABLE = 'stackctl_migrations_lock';
