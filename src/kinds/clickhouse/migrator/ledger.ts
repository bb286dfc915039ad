import { askClickhouse, type ClickhouseTarget, quoteName } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import type { LedgerEntry, LedgerState } from '../../../stack/contract/ledger.ts';
import type { Altered } from './altered-table.ts';
import { LEDGER_TABLE } from './tables.ts';

/** The last row of a file. Those of a ledger of an earlier version have only what the entry needs. */
export interface LedgerRow {
  readonly name: string;
  readonly checksum: string;
  readonly state: LedgerState | 'forgotten';
  readonly appliedAt: Date;
  readonly durationMs: number;
  /** How far a file came that is not applied; undefined: an earlier version did not count. */
  readonly progress: Progress | undefined;
  readonly appliedBy: string;
  readonly toolVersion: string;
}

export interface Progress {
  readonly part: 'up' | 'down';
  /** Statements of that part that are in effect. */
  readonly done: number;
  /** Of the texts of those statements. */
  readonly doneChecksum: string;
  /** The statement after them may be in effect, wholly or in part. */
  readonly inDoubt: boolean;
  /** Of the server, in which the statements ran. */
  readonly session: string;
  /** Names of the objects that were unsound before the first attempt. */
  readonly unsoundBefore: readonly string[];
  /** Tables that statements which failed were changing: their rows may not fit their columns any more. */
  readonly halfAltered: readonly Altered[];
}

const UNKNOWN_TABLE = 60;

/**
 * The last row of each file in the order of application, with one question for a ledger of any version and size; empty
 * also when there is no ledger. Changes nothing.
 */
export async function readLedger(target: ClickhouseTarget): Promise<readonly LedgerRow[]> {
  const ledger = quoteName(LEDGER_TABLE);
  const rows = await rowsOf<RawRow>(target, `SELECT * FROM ${ledger} ORDER BY written DESC LIMIT 1 BY name`);
  return rows
    .map(rowOf)
    .toSorted((a, b) => a.appliedAt.getTime() - b.appliedAt.getTime() || (a.name < b.name ? -1 : 1));
}

/** The last row of one file. */
export async function readRow(target: ClickhouseTarget, name: string): Promise<LedgerRow | undefined> {
  const ledger = quoteName(LEDGER_TABLE);
  const [row] = await rowsOf<RawRow>(
    target,
    `SELECT * FROM ${ledger} WHERE name = {name:String} ORDER BY written DESC LIMIT 1`,
    { name },
  );
  return row === undefined ? undefined : rowOf(row);
}

/** As the contract has it. */
export function entriesOf(rows: readonly LedgerRow[]): readonly LedgerEntry[] {
  return rows.flatMap(({ state, appliedAt, progress, appliedBy, toolVersion, ...row }): readonly LedgerEntry[] => {
    if (state === 'forgotten') return [];
    return [
      {
        name: row.name,
        checksum: row.checksum,
        state,
        appliedAt: appliedAt.toISOString(),
        durationMs: row.durationMs,
        ...(progress !== undefined && { statementsDone: progress.done }),
        ...(progress !== undefined && (state === 'running' || state === 'failed') && { part: progress.part }),
        ...(appliedBy !== '' && { appliedBy }),
        ...(toolVersion !== '' && { toolVersion }),
      },
    ];
  });
}

/** Rows of a table that may not be there yet: then there are none. */
export async function rowsOf<Row>(
  target: ClickhouseTarget,
  statement: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<readonly Row[]> {
  try {
    const settings = { date_time_output_format: 'simple' };
    return (await askClickhouse<Row>(target, statement, { settings, parameters })).rows;
  } catch (error) {
    if (error instanceof ClickhouseError && error.serverCode === UNKNOWN_TABLE) return [];
    throw error;
  }
}

interface RawRow {
  readonly name: string;
  readonly checksum: string;
  readonly state: LedgerRow['state'];
  readonly applied_at: string;
  readonly duration_ms: number;
  readonly part?: Progress['part'] | '';
  readonly statements_done?: number;
  readonly done_checksum?: string;
  readonly in_doubt?: number;
  readonly session?: string;
  readonly unsound_before?: string;
  readonly half_altered?: string;
  readonly applied_by?: string;
  readonly tool_version?: string;
}

function rowOf(raw: RawRow): LedgerRow {
  const { part = '' } = raw;
  return {
    name: raw.name,
    checksum: raw.checksum,
    state: raw.state,
    appliedAt: instant(raw.applied_at),
    durationMs: raw.duration_ms,
    progress:
      part === ''
        ? undefined
        : {
            part,
            done: raw.statements_done ?? 0,
            doneChecksum: raw.done_checksum ?? '',
            inDoubt: raw.in_doubt === 1,
            session: raw.session ?? '',
            unsoundBefore: JSON.parse(raw.unsound_before || '[]') as readonly string[],
            halfAltered: JSON.parse(raw.half_altered || '[]') as readonly Altered[],
          },
    appliedBy: raw.applied_by ?? '',
    toolVersion: raw.tool_version ?? '',
  };
}

/** From `2026-01-02 15:04:05.678`, which is UTC. */
export function instant(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`);
}
