import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { StackctlError } from '../../../../errors.ts';
import type { LedgerEntry } from '../../../../stack/contract/ledger.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';

const CREATE = `
create schema if not exists stackctl;
create table if not exists stackctl.migrations (
  name text primary key,
  checksum text not null,
  state text not null check (state in ('applied', 'unavailable', 'running', 'failed')),
  statements_done integer not null,
  applied_at timestamptz not null default clock_timestamp(),
  duration_ms bigint not null,
  applied_by text not null default current_setting('application_name'),
  run_order bigint generated always as identity
);
comment on table stackctl.migrations is 'Which migration files stackctl has applied to this database.'`;

/** Makes the ledger where it is missing. Runs no DDL otherwise: an event trigger of the user may refuse it. */
export async function createLedger(client: Client): Promise<void> {
  if (!(await isThere(client))) await ask(client, CREATE);
}

async function isThere(client: Client): Promise<boolean> {
  const { rows } = await ask<{ found: boolean }>(
    client,
    `select to_regclass('stackctl.migrations') is not null as found`,
  );
  return rows[0]?.found === true;
}

/** In the order of application; empty also when there is no ledger. Changes nothing. */
export async function readLedger(client: Client): Promise<readonly LedgerEntry[]> {
  if (!(await isThere(client))) return [];
  const { rows } = await ask<{
    name: string;
    checksum: string;
    state: LedgerEntry['state'];
    applied_at: string;
    duration_ms: string;
  }>(
    client,
    `select name, checksum, state, duration_ms,
            to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as applied_at
     from stackctl.migrations order by run_order`,
  );
  return rows.map(({ name, checksum, state, applied_at, duration_ms }) => {
    return { name, checksum, state, appliedAt: applied_at, durationMs: Number(duration_ms) };
  });
}

export interface EntryState {
  readonly state: LedgerEntry['state'];
  readonly statementsDone: number;
  readonly durationMs: number;
  /** The run, as pg_stat_activity shows it to others. */
  readonly appliedBy: string;
}

/**
 * Enters a file, in the place of an entry that is not `applied`, in one statement: the old entry is never gone without
 * the new one. @throws E_LOCKED when another session has applied it meanwhile.
 */
export async function enter(
  client: Client,
  { name, checksum }: Pick<PendingMigration, 'name' | 'checksum'>,
  { state, statementsDone, durationMs, appliedBy }: EntryState,
): Promise<void> {
  const { rowCount } = await ask(
    client,
    `insert into stackctl.migrations as entry (name, checksum, state, statements_done, duration_ms, applied_by)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (name) do update set
       checksum = excluded.checksum, state = excluded.state, statements_done = excluded.statements_done,
       applied_at = excluded.applied_at, duration_ms = excluded.duration_ms, applied_by = excluded.applied_by,
       run_order = default
     where entry.state <> 'applied'`,
    [name, checksum, state, statementsDone, Math.round(durationMs), appliedBy],
  );
  if (rowCount === 1) return;
  throw new StackctlError('E_LOCKED', `${name} was applied by another session while this run was at work`, {
    hint: 'Run `stackctl migrate status`, then `stackctl migrate up` again.',
    details: { migration: name },
  });
}

/** Progress of a file that is not one transaction. */
export async function progress(
  client: Client,
  name: string,
  { state, statementsDone, durationMs }: Omit<EntryState, 'appliedBy'>,
): Promise<void> {
  await ask(
    client,
    `update stackctl.migrations set state = $2, statements_done = $3, duration_ms = $4, applied_at = clock_timestamp()
     where name = $1`,
    [name, state, statementsDone, Math.round(durationMs)],
  );
}
