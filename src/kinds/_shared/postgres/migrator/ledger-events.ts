import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import type { LedgerEvent } from '../../../../stack/contract/ledger.ts';
import { VERSION } from '../../../../version.ts';
import { utc } from './ledger.ts';
import { ledgerForm } from './ledger-schema.ts';

/** Oldest first; empty also when there is no ledger, or one from before there were events. Changes nothing. */
export async function readEvents(client: Client): Promise<readonly LedgerEvent[]> {
  const form = await ledgerForm(client);
  if (form === 'none' || form === 'old') return [];
  const { rows } = await ask<{ [Column in keyof LedgerEvent]: LedgerEvent[Column] }>(
    client,
    `select ${utc('at')} as at, name, type, reason, made_by as by from stackctl.migration_events order by number`,
  );
  return rows;
}

export async function addEvent(client: Client, { name, type, reason, by }: Omit<LedgerEvent, 'at'>): Promise<void> {
  await ask(
    client,
    'insert into stackctl.migration_events (name, type, reason, made_by, tool_version) values ($1, $2, $3, $4, $5)',
    [name, type, reason, by, VERSION],
  );
}
