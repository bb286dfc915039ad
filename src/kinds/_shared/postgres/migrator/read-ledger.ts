import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import type { LedgerBrief, LedgerEntry } from '../../../../stack/contract/ledger.ts';
import { type LedgerForm, ledgerForm } from './ledger-schema.ts';

/** Each column as one JSON text: to read ten thousand rows, most of the time went into taking them apart. */
interface Columns {
  readonly names: string | null;
  readonly checksums: string;
  readonly states: string;
  readonly instants: string;
  readonly durations: string;
  readonly done: string;
  readonly by: string;
  readonly tools: string;
  readonly parts: string;
}

const UTC = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** ISO 8601 in UTC. */
export const utc = (column: string): string => `to_char(${column} at time zone 'UTC', ${UTC})`;

/** In the order of application; empty also when there is no ledger. Changes nothing. */
export async function readLedger(client: Client): Promise<readonly LedgerEntry[]> {
  const form = await ledgerForm(client);
  if (form === 'none') return [];
  const { rows } = await ask<Row>(client, `select ${COLUMNS} from (${entriesIn('stackctl.migrations', form)}) entries`);
  return rowsOf(rows[0]);
}

/** The ledger in short, by one statement; undefined where it is not there or an old one. Changes nothing. */
export async function readBrief(client: Client, newest: number): Promise<LedgerBrief | undefined> {
  const form = await ledgerForm(client);
  if (form !== 'current') return undefined;
  const last = `(select * from stackctl.migrations order by run_order desc limit ${newest}) newest`;
  const { rows } = await ask<Row & { readonly entries: number; readonly digest: string | null }>(
    client,
    `select ${COLUMNS}, ${IN_SHORT} from (${entriesIn(last, form)}) entries`,
  );
  const { entries = 0, digest = null } = rows[0] ?? {};
  return { entries, digest: digest ?? undefined, newest: rowsOf(rows[0]) };
}

/** `ledgerDigest`, by the server. */
const IN_SHORT = `
  (select count(*)::int from stackctl.migrations) as entries,
  (select case when bool_and(state = 'applied') then encode(sha256(convert_to(
            string_agg(name || ' ' || checksum || E'\\n', '' order by run_order), 'UTF8')), 'hex') end
   from stackctl.migrations) as digest`;

type Row = { readonly [Column in keyof Columns]: Columns[Column] };

const COLUMNS = `json_agg(name)::text as names, json_agg(checksum)::text as checksums, json_agg(state)::text as states,
            json_agg(applied_at at time zone 'UTC')::text as instants, json_agg(duration_ms)::text as durations,
            json_agg(statements_done)::text as done, json_agg(applied_by)::text as by, json_agg(tool_version)::text as tools,
            json_agg(part)::text as parts`;

/** @param from the ledger, or some of its rows. */
function entriesIn(from: string, form: LedgerForm): string {
  const own = form !== 'old' ? STATE_AND_TOOL : 'state, null as tool_version';
  const part = form === 'current' ? PART : 'null as part';
  return `select name, checksum, ${own}, ${part}, duration_ms, statements_done, applied_by, applied_at
          from ${from} order by run_order`;
}

function rowsOf(columns: Columns | undefined): readonly LedgerEntry[] {
  return columns === undefined || columns.names === null ? [] : entriesOf(columns, JSON.parse(columns.names));
}

function entriesOf(columns: Columns, names: readonly string[]): readonly LedgerEntry[] {
  const column = <T>(of: keyof Columns): readonly T[] => JSON.parse(columns[of] ?? '[]');
  const checksums = column<string>('checksums');
  const states = column<LedgerEntry['state']>('states');
  const instants = column<string>('instants');
  const durations = column<number>('durations');
  const done = column<number>('done');
  const by = column<string>('by');
  const tools = column<string | null>('tools');
  const parts = column<'down' | null>('parts');
  return names.map((name, row) => {
    const entry = {
      name,
      checksum: checksums[row] as string,
      state: states[row] as LedgerEntry['state'],
      appliedAt: inMilliseconds(instants[row] as string),
      durationMs: durations[row] as number,
      statementsDone: done[row] as number,
      appliedBy: by[row] as string,
    };
    const toolVersion = tools[row];
    const whole = typeof toolVersion === 'string' ? { ...entry, toolVersion } : entry;
    return parts[row] === 'down' ? { ...whole, part: 'down' } : whole;
  });
}

/** `2026-01-31T12:00:00.5` -> `2026-01-31T12:00:00.500Z`. The server leaves out what is zero. */
function inMilliseconds(instant: string): string {
  if (instant.charAt(19) === '.' && instant.length >= 23) return `${instant.slice(0, 23)}Z`;
  const [seconds = '', fraction = ''] = instant.split('.');
  return `${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}

const STATE_AND_TOOL = `case when state = 'applied' and baselined then 'baselined' else state end as state, tool_version`;

const PART = `case when state in ('running', 'failed') then part end as part`;
