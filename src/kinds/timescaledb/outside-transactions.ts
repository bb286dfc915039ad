import type { OutsideTransaction } from '../_shared/postgres/migrator/refused-statements.ts';

/** What TimescaleDB refuses inside a transaction. A continuous aggregate is fine there `WITH NO DATA`. */
export const OUTSIDE_TRANSACTIONS: readonly OutsideTransaction[] = [
  {
    what: 'a continuous aggregate with data',
    matches: (words, text) =>
      /^CREATE MATERIALIZED VIEW\b/.test(words) &&
      /\btimescaledb\.continuous\b/i.test(text) &&
      !/\bWITH\s+NO\s+DATA\s*$/i.test(text),
    hint: 'end it with WITH NO DATA and add a refresh policy',
  },
  calls('refresh_continuous_aggregate'),
  calls('merge_chunks'),
  calls('reorder_chunk'),
  calls('move_chunk'),
  {
    what: 'an index with timescaledb.transaction_per_chunk',
    matches: (words, text) => /^CREATE INDEX\b/.test(words) && /\btimescaledb\.transaction_per_chunk\b/i.test(text),
  },
];

function calls(name: string): OutsideTransaction {
  const pattern = new RegExp(`^(SELECT|CALL)\\b[^']*\\b${name}\\s*\\(`, 'i');
  return { what: name, matches: (_words, text) => pattern.test(text) };
}
