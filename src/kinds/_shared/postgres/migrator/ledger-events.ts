import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { quoteText } from '../../../../clients/postgres/identifier.ts';
import type { LedgerEvent } from '../../../../stack/contract/ledger.ts';
import { VERSION } from '../../../../version.ts';
import { ledgerForm } from './ledger-schema.ts';
import { utc } from './read-ledger.ts';

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

export type NewEvent = Omit<LedgerEvent, 'at'>;

export async function addEvent(client: Client, { name, type, reason, by }: NewEvent): Promise<void> {
  await ask(client, adding(['$1', '$2', '$3', '$4', '$5']), [name, type, reason, by, VERSION]);
}

/** What `addEvent` does, as a statement without parameters. */
export function addingText({ name, type, reason, by }: NewEvent): string {
  return adding([name, type, reason, by, VERSION].map(quoteText));
}

function adding(values: readonly string[]): string {
  return `insert into stackctl.migration_events (name, type, reason, made_by, tool_version) values (${values.join(', ')})`;
}
