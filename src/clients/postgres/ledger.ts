import type { Client } from 'pg';
import type { LedgerEntry, PendingMigration } from '../../stack/migrate.ts';
import { row } from './connect.ts';

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

export async function createLedger(client: Client): Promise<void> {
  await client.query(CREATE);
}

/** In the order of application; empty also when there is no ledger. Changes nothing. */
export async function readLedger(client: Client): Promise<readonly LedgerEntry[]> {
  const { found } = await row<{ found: boolean }>(
    client,
    `select to_regclass('stackctl.migrations') is not null as found`,
  );
  if (!found) return [];
  const { rows } = await client.query<{
    name: string;
    checksum: string;
    state: LedgerEntry['state'];
    applied_at: string;
    duration_ms: string;
  }>(`select name, checksum, state, duration_ms,
             to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as applied_at
      from stackctl.migrations order by run_order`);
  return rows.map(({ name, checksum, state, applied_at, duration_ms }) => {
    return { name, checksum, state, appliedAt: applied_at, durationMs: Number(duration_ms) };
  });
}

export interface EntryState {
  readonly state: LedgerEntry['state'];
  readonly statementsDone: number;
  readonly durationMs: number;
}

/** Enters a file, in the place of an entry that is not `applied`. */
export async function enter(
  client: Client,
  { name, checksum }: Pick<PendingMigration, 'name' | 'checksum'>,
  { state, statementsDone, durationMs }: EntryState,
): Promise<void> {
  await client.query(`delete from stackctl.migrations where name = $1 and state <> 'applied'`, [name]);
  await client.query(
    `insert into stackctl.migrations (name, checksum, state, statements_done, duration_ms) values ($1, $2, $3, $4, $5)`,
    [name, checksum, state, statementsDone, Math.round(durationMs)],
  );
}

/** Progress of a file that is not one transaction. */
export async function progress(
  client: Client,
  name: string,
  { state, statementsDone, durationMs }: EntryState,
): Promise<void> {
  await client.query(
    `update stackctl.migrations set state = $2, statements_done = $3, duration_ms = $4, applied_at = clock_timestamp()
     where name = $1`,
    [name, state, statementsDone, Math.round(durationMs)],
  );
}
