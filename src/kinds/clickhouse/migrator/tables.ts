/** The ledger: one row for each state of a migration; the last one counts. */
export const LEDGER_TABLE = 'stackctl_migrations';
/** What was decided about the ledger: rows are only added. */
export const EVENTS_TABLE = 'stackctl_migration_events';
/** Exists while a run migrates. */
export const LOCK_TABLE = 'stackctl_migrations_lock';

/** The tables that are stackctl's own, in the database of the service. */
export const OWN_TABLES: readonly string[] = [LEDGER_TABLE, EVENTS_TABLE, LOCK_TABLE];
