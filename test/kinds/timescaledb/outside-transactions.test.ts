import { expect, test } from 'vitest';
import { kind } from '../../../src/kinds/timescaledb/index.ts';
import { readMigration } from '../../../src/migrate/file.ts';

const problems = (text: string) => {
  const { sql } = kind.migrator ?? {};
  if (sql === undefined) throw new Error('the kind has no migrator');
  const result = readMigration({ name: '0001_a.sql', path: 'm/0001_a.sql', text }, { sql, withoutTransactions: false });
  return result.ok ? [] : result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

test.each([
  'VACUUM FULL',
  "CREATE MATERIALIZED VIEW v WITH (timescaledb.continuous) AS SELECT time_bucket('1 hour', time) FROM e GROUP BY 1",
  "CALL refresh_continuous_aggregate('v', NULL, NULL)",
  "SELECT public.move_chunk('c', 'a', 'b')",
  'CREATE INDEX i ON t (a) WITH (timescaledb.transaction_per_chunk)',
])('%s is refused in a transaction, and allowed without one', (statement) => {
  expect(problems(`SELECT 1;\n${statement};`)).toEqual([
    expect.stringMatching(/^2:1 .* cannot run inside a transaction: /),
  ]);
  expect(problems(`-- stackctl: transaction=false\n${statement};`)).toEqual([]);
});

test.each([
  'CREATE MATERIALIZED VIEW v WITH (timescaledb.continuous) AS SELECT 1 WITH NO DATA',
  "SELECT 'move_chunk('",
])('%s is fine', (statement) => {
  expect(problems(statement)).toEqual([]);
});
