import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { quoteText } from '../../../../clients/postgres/identifier.ts';
import { StackctlError } from '../../../../errors.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { VERSION } from '../../../../version.ts';

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
 * the new one. @throws E_LOCKED when another session has applied it meanwhile, or begun to take it back.
 */
export async function enter(
  client: Client,
  { name, checksum }: Pick<PendingMigration, 'name' | 'checksum'>,
  state: EntryState,
): Promise<void> {
  const values = [
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
  ];
  const { rowCount } = await ask(client, entering(values.map((_, index) => `$${index + 1}`)), values);
  if (rowCount !== 1) throw changedMeanwhile(name);
}

/** @param values of the columns, as SQL; what is behind them is null. */
function entering(values: readonly string[]): string {
  return `insert into stackctl.migrations as entry (${COLUMNS.slice(0, values.length).join(', ')})
     values (${values.join(', ')})
     on conflict (name) do update set applied_at = excluded.applied_at, baselined = false, part = null, run_order = default,
       ${COLUMNS.slice(1)
         .map((column) => `${column} = excluded.${column}`)
         .join(', ')}
     where entry.state <> 'applied' and (entry.state not in ('running', 'failed') or entry.part is distinct from 'down')`;
}

/**
 * Commits a change of nothing in the entry of a file: that waits for the disk, and the server writes its log in order.
 * https://www.postgresql.org/docs/current/wal-async-commit.html
 */
export async function settle(client: Client, name: string): Promise<void> {
  await ask(client, 'update stackctl.migrations set name = name where name = $1', [name]);
}

const COLUMNS = [
  'name',
  'checksum',
  'state',
  'statements_done',
  'duration_ms',
  'applied_by',
  'tool_version',
  'done_checksum',
  'unsound_before',
  'under_way',
  'statement_marks',
];

/** The entry of an applied file, or of one whose down part stopped, as of one whose down part runs. @throws E_LOCKED */
export async function enterDown(
  client: Client,
  { name, checksum }: Pick<PendingMigration, 'name' | 'checksum'>,
  { statementsDone, doneChecksum, unsoundBefore = [], underWay, statementMarks = [] }: EntryState,
): Promise<void> {
  const { rowCount } = await ask(
    client,
    `update stackctl.migrations set checksum = $2, state = 'running', part = 'down', statements_done = $3, done_checksum = $4,
            unsound_before = $5, under_way = $6, statement_marks = $7, applied_at = clock_timestamp()
     where name = $1 and ${CAN_BE_TAKEN_BACK}`,
    [
      name,
      checksum,
      statementsDone,
      doneChecksum ?? null,
      JSON.stringify(unsoundBefore),
      underWay === undefined ? null : JSON.stringify(underWay),
      JSON.stringify(statementMarks),
    ],
  );
  if (rowCount !== 1) throw changedMeanwhile(name);
}

const CAN_BE_TAKEN_BACK = `(state = 'applied' or (state in ('running', 'failed') and part = 'down'))`;

export function changedMeanwhile(name: string): StackctlError {
  return new StackctlError('E_LOCKED', `${name} was changed by another session while this run was at work`, {
    hint: 'Run `stackctl migrate status`, then `stackctl migrate up` again.',
    details: { migration: name },
  });
}

/** Of a file that is one transaction. */
export type WholeEntry = Pick<EntryState, 'state' | 'statementsDone' | 'appliedBy'> & {
  /** SQL of a number of milliseconds. */
  readonly durationMs: string;
};

/**
 * What `enter` does, as a statement without parameters that stands in a request with others. It fails with a division by
 * zero (22012) where `enter` throws. Its row is 1 and the duration that was entered.
 */
export function enteringText(
  { name, checksum }: Pick<PendingMigration, 'name' | 'checksum'>,
  entry: WholeEntry,
): string {
  const { state, statementsDone, durationMs, appliedBy } = entry;
  const texts = [name, checksum, state].map(quoteText);
  const values = [...texts, String(statementsDone), durationMs, quoteText(appliedBy), quoteText(VERSION)];
  return `with entered as (${entering(values)} returning duration_ms) select 1 / count(*), min(duration_ms) from entered`;
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

/** The entry of a file whose down part is done as a whole. @throws E_LOCKED as `enterDown`. */
export async function takeBack(client: Client, name: string): Promise<void> {
  const { rowCount } = await ask(client, takingBack('$1'), [name]);
  if (rowCount !== 1) throw changedMeanwhile(name);
}

/** What `takeBack` does, as a statement without parameters. It fails with a division by zero (22012) where that throws. */
export function takingBackText(name: string): string {
  return `with taken as (${takingBack(quoteText(name))} returning 1) select 1 / count(*) from taken`;
}

function takingBack(name: string): string {
  return `update stackctl.migrations set state = 'reverted', part = null, baselined = false, statements_done = 0,
            done_checksum = null, unsound_before = null, under_way = null, applied_at = clock_timestamp()
     where name = ${name} and ${CAN_BE_TAKEN_BACK}`;
}
