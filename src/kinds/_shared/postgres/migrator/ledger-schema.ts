import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';

/**
 * `old`: as stackctl made it before files could be reverted; `unmarked`: before it knew the statements that are done one by
 * one; `partless`: before it knew how far a down part came. Everything but writing understands all of them.
 */
export type LedgerForm = 'none' | 'old' | 'unmarked' | 'partless' | 'current';

/** What is there. Changes nothing. */
export async function ledgerForm(client: Client): Promise<LedgerForm> {
  const { rows } = await ask<{ form: LedgerForm }>(
    client,
    `select case when to_regclass('stackctl.migrations') is null then 'none'
                 when ${has('part')} then 'current'
                 when ${has('statement_marks')} then 'partless'
                 when ${has('under_way')} then 'unmarked'
                 else 'old' end as form`,
  );
  return rows[0]?.form ?? 'none';
}

function has(column: string): string {
  return `exists (select from pg_attribute where attrelid = to_regclass('stackctl.migrations')
                  and attname = '${column}' and not attisdropped)`;
}

/**
 * Makes the ledger where it is missing and brings an old one up to date, each in one transaction. Runs no DDL otherwise:
 * an event trigger of the user may refuse it. Needs the lock.
 */
export async function ensureLedger(client: Client): Promise<void> {
  const form = await ledgerForm(client);
  // Several statements in one request are one transaction.
  const missing = MISSING[form];
  if (missing.length > 0) await ask(client, missing.join('; '));
}

/** As the first versions of stackctl made it: those that still run against this database read these columns. */
const CREATE = `
create schema if not exists stackctl;
create table stackctl.migrations (
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

/**
 * Each new column has a default, so that an earlier stackctl can write the table too. It knows no `baselined`: such an
 * entry is `applied` with a mark, and is not run by it either.
 */
const ADD = `
alter table stackctl.migrations
  drop constraint if exists migrations_state_check,
  add constraint migrations_state_check check (state in ('applied', 'unavailable', 'running', 'failed', 'reverted')),
  add column version numeric generated always as (substring(name from '^[0-9]+')::numeric) stored,
  add column baselined boolean not null default false,
  add column tool_version text,
  add column done_checksum text,
  add column unsound_before jsonb,
  add column under_way jsonb;
comment on column stackctl.migrations.baselined is 'What the file makes was there before stackctl: it was not run.';
comment on column stackctl.migrations.tool_version is 'Of the stackctl that applied it.';
comment on column stackctl.migrations.done_checksum is 'Of the statements done, of a file without a transaction.';
comment on column stackctl.migrations.unsound_before is 'Objects that were not valid before the first attempt.';
comment on column stackctl.migrations.under_way is 'The statement behind those done: who runs it, and in which transaction.'`;

const ADD_MARKS = `
alter table stackctl.migrations add column statement_marks jsonb;
comment on column stackctl.migrations.statement_marks is
  'Of each statement of a file without a transaction, a checksum; behind ! where it cannot run twice.'`;

const ADD_PART = `
alter table stackctl.migrations add column part text;
comment on column stackctl.migrations.part is
  'down: what is running or has failed is the down part of the file, and the statements done are those of that part.'`;

/** Appended to only: the owner of the table alone could lift that. */
const EVENTS = `
create table stackctl.migration_events (
  number bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  name text not null,
  type text not null,
  reason text not null,
  made_by text not null,
  tool_version text
);
comment on table stackctl.migration_events is 'What was decided about stackctl.migrations. Rows are never changed or removed.';
revoke update, delete, truncate on stackctl.migration_events from public;
create function stackctl.refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception 'stackctl.migration_events is appended to only' using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete or truncate on stackctl.migration_events
  for each statement execute function stackctl.refuse_change();
alter table stackctl.migration_events enable always trigger append_only`;

const MISSING: Readonly<Record<LedgerForm, readonly string[]>> = {
  none: [CREATE, ADD, ADD_MARKS, ADD_PART, EVENTS],
  old: [ADD, ADD_MARKS, ADD_PART, EVENTS],
  unmarked: [ADD_MARKS, ADD_PART],
  partless: [ADD_PART],
  current: [],
};
