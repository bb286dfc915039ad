import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { StackctlError } from '../../../../errors.ts';
import { defined } from '../../../../lib/defined.ts';
import type { LedgerEntry } from '../../../../stack/contract/ledger.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { VERSION } from '../../../../version.ts';
import { ledgerForm } from './ledger-schema.ts';

interface Row {
  readonly name: string;
  readonly checksum: string;
  readonly state: LedgerEntry['state'];
  readonly applied_at: string;
  readonly duration_ms: string;
  readonly statements_done: number;
  readonly applied_by: string;
  readonly tool_version: string | null;
}

const UTC = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** ISO 8601 in UTC. */
export const utc = (column: string): string => `to_char(${column} at time zone 'UTC', ${UTC})`;

/** In the order of application; empty also when there is no ledger. Changes nothing. */
export async function readLedger(client: Client): Promise<readonly LedgerEntry[]> {
  const form = await ledgerForm(client);
  if (form === 'none') return [];
  const own = form !== 'old' ? STATE_AND_TOOL : 'state, null as tool_version';
  const { rows } = await ask<Row>(
    client,
    `select name, checksum, ${own}, duration_ms, statements_done, applied_by, ${utc('applied_at')} as applied_at
     from stackctl.migrations order by run_order`,
  );
  return rows.map((row) => ({
    name: row.name,
    checksum: row.checksum,
    state: row.state,
    appliedAt: row.applied_at,
    durationMs: Number(row.duration_ms),
    statementsDone: row.statements_done,
    appliedBy: row.applied_by,
    ...defined({ toolVersion: row.tool_version ?? undefined }),
  }));
}

const STATE_AND_TOOL = `case when state = 'applied' and baselined then 'baselined' else state end as state, tool_version`;

export interface EntryState {
  readonly state: 'applied' | 'unavailable' | 'running';
  readonly statementsDone: number;
  /** Of the statements done; absent where the file is one transaction. */
  readonly doneChecksum?: string | undefined;
  readonly durationMs: number;
  /** The run, as pg_stat_activity shows it to others. */
  readonly appliedBy: string;
  /** Names of objects that were not valid before the first attempt; absent where no other attempt can follow. */
  readonly unsoundBefore?: readonly string[];
  readonly underWay?: UnderWay | undefined;
  /** Of the statements of a file without a transaction (see resume.ts). */
  readonly statementMarks?: readonly string[];
}

/** Who runs the statement behind those that are done. */
export interface UnderWay {
  readonly pid: number;
  /** When that session began, as the server writes it. */
  readonly since: string;
  /** Of the transaction that the statement runs in. */
  readonly xid?: string;
  /** Of the statements done once that transaction is committed. */
  readonly checksum?: string;
  /** It runs outside of a transaction: nothing says whether it has ended. */
  readonly bare?: boolean;
}

/**
 * Enters a file, in the place of an entry that is not `applied`, in one statement: the old entry is never gone without
 * the new one. @throws E_LOCKED when another session has applied it meanwhile.
 */
export async function enter(
  client: Client,
  { name, checksum }: Pick<PendingMigration, 'name' | 'checksum'>,
  state: EntryState,
): Promise<void> {
  const { rowCount } = await ask(
    client,
    `insert into stackctl.migrations as entry
       (name, checksum, state, statements_done, duration_ms, applied_by, tool_version, done_checksum, unsound_before, under_way,
        statement_marks)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (name) do update set
       checksum = excluded.checksum, state = excluded.state, statements_done = excluded.statements_done,
       applied_at = excluded.applied_at, duration_ms = excluded.duration_ms, applied_by = excluded.applied_by,
       tool_version = excluded.tool_version, done_checksum = excluded.done_checksum,
       unsound_before = excluded.unsound_before, under_way = excluded.under_way, statement_marks = excluded.statement_marks, baselined = false, run_order = default
     where entry.state <> 'applied'`,
    [
      name,
      checksum,
      state.state,
      state.statementsDone,
      Math.round(state.durationMs),
      state.appliedBy,
      VERSION,
      state.doneChecksum ?? null,
      state.unsoundBefore === undefined ? null : JSON.stringify(state.unsoundBefore),
      state.underWay === undefined ? null : JSON.stringify(state.underWay),
      state.statementMarks === undefined ? null : JSON.stringify(state.statementMarks),
    ],
  );
  if (rowCount === 1) return;
  throw new StackctlError('E_LOCKED', `${name} was applied by another session while this run was at work`, {
    hint: 'Run `stackctl migrate status`, then `stackctl migrate up` again.',
    details: { migration: name },
  });
}

/** What a file becomes whose statements are all in effect: those of its part for servers that lack something count for that part only. */
export function enteredState({ unavailable }: Pick<PendingMigration, 'unavailable'>): 'applied' | 'unavailable' {
  return unavailable === undefined ? 'applied' : 'unavailable';
}

export interface Step {
  readonly state: 'running' | 'failed' | 'applied' | 'unavailable';
  readonly statementsDone: number;
  readonly doneChecksum: string | undefined;
  readonly durationMs: number;
  readonly underWay: UnderWay | undefined;
}

/** Progress of a file that is not one transaction. */
export async function progress(client: Client, name: string, step: Step): Promise<void> {
  await ask(
    client,
    `update stackctl.migrations set state = $2, statements_done = $3, done_checksum = $4, duration_ms = $5, under_way = $6,
            applied_at = clock_timestamp()
     where name = $1`,
    [
      name,
      step.state,
      step.statementsDone,
      step.doneChecksum ?? null,
      Math.round(step.durationMs),
      step.underWay === undefined ? null : JSON.stringify(step.underWay),
    ],
  );
}

/** Takes an applied entry back. `failed`: the file was not taken back as a whole, and nothing of it counts as done. */
export async function takeBack(client: Client, name: string, state: 'reverted' | 'failed'): Promise<void> {
  await ask(
    client,
    `update stackctl.migrations set state = $2, baselined = false, statements_done = 0, done_checksum = null,
            unsound_before = null, under_way = null, applied_at = clock_timestamp()
     where name = $1`,
    [name, state],
  );
}
