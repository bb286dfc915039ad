import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { defined } from '../../../../lib/defined.ts';
import type { LedgerEntry } from '../../../../stack/contract/ledger.ts';
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
