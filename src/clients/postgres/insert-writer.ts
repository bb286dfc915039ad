import type { TrafficSink } from '../../stack/contract/traffic.ts';
import { fieldText, type TrafficEvent } from '../../stack/contract/traffic-event.ts';
import { createBatchWriter } from './batch-writer.ts';
import type { CopyWriterInput } from './event-writer.ts';
import { quoteIdentifier, quoteQualified } from './identifier.ts';

export interface InsertColumn {
  readonly name: string;
  /** As SQL writes it, without a length: the column has the last word about that, as in COPY. */
  readonly type: string;
  readonly isArray: boolean;
}

export interface InsertWriterInput extends Omit<CopyWriterInput, 'fields'> {
  readonly columns: readonly InsertColumn[];
  /** Columns of a unique index. */
  readonly onConflict: readonly string[];
}

/**
 * Writes events with INSERT … ON CONFLICT DO NOTHING, a batch in each: all of its rows are stored, or none, and a row that is there
 * already stays as it is. A repetition that meets its first sending still at work waits for how that ends
 * (https://www.postgresql.org/docs/current/transaction-iso.html, Read Committed).
 */
export function createInsertWriter({ connect, timeoutMs, ...what }: InsertWriterInput): TrafficSink {
  const text = insertStatement(what);
  const prepare = (events: readonly TrafficEvent[]) =>
    what.columns.map(({ name }) => events.map((event) => fieldText(event, name) ?? null));
  return createBatchWriter({
    ...{ connect, timeoutMs, prepare },
    store: (client, values) => client.query({ text, values }),
  });
}

/** A list for each column. Of the elements of a list of lists PostgreSQL makes rows too: a column that is one is sent as text. */
function insertStatement({ table, columns, onConflict }: Pick<InsertWriterInput, 'table' | 'columns' | 'onConflict'>) {
  const names = columns.map(({ name }) => quoteIdentifier(name));
  const lists = columns.map(({ type, isArray }, index) => `$${index + 1}::${isArray ? 'text' : type}[]`);
  const values = columns.map(({ type, isArray }, index) => (isArray ? `v${index}::${type}` : `v${index}`));
  const unnested = `unnest(${lists.join(', ')}) as u (${columns.map((_, index) => `v${index}`).join(', ')})`;
  return (
    `insert into ${quoteQualified(table)} (${names.join(', ')}) select ${values.join(', ')} from ${unnested} ` +
    `on conflict (${onConflict.map(quoteIdentifier).join(', ')}) do nothing`
  );
}
