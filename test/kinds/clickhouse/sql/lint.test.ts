import { expect, test } from 'vitest';
import { CLICKHOUSE_SQL } from '../../../../src/kinds/clickhouse/sql/dialect.ts';

const PART = { transactional: false, once: false, lockTimeoutMs: 0 };
const rules = (text: string) =>
  (CLICKHOUSE_SQL.lint?.(CLICKHOUSE_SQL.split(text).statements, PART) ?? []).map(({ rule }) => rule);

test.each([
  ['ALTER TABLE d.t UPDATE a = 1 WHERE b = 2', 'mutation'],
  ['ALTER TABLE t DELETE WHERE a = 1', 'mutation'],
  ['ALTER TABLE t RENAME COLUMN a TO b', 'mutation'],
  ['ALTER TABLE t MODIFY COLUMN a UInt64', 'mutation'],
  ['DELETE FROM t WHERE a = 1', 'mutation'],
  ['DROP TABLE IF EXISTS t', 'drop-table'],
  ['DROP DATABASE d', 'drop-table'],
  ['ALTER TABLE t DROP COLUMN a', 'drop-column'],
  ['ALTER TABLE t DROP PARTITION 202601', 'drop-column'],
  ['TRUNCATE TABLE t', 'truncate'],
  ['OPTIMIZE TABLE t FINAL', 'optimize'],
  ['CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY a POPULATE AS SELECT 1 AS a', 'populate'],
  ['CREATE TABLE t ON CLUSTER c (a UInt8) ENGINE = Memory', 'on-cluster'],
])('%s: %s', (text, rule) => {
  expect(rules(text)).toEqual([rule]);
});

test.each([
  'CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = MergeTree ORDER BY a',
  'ALTER TABLE t ADD COLUMN IF NOT EXISTS b String',
  'DROP VIEW IF EXISTS v',
  "INSERT INTO t SELECT 'DROP TABLE t' /* TRUNCATE TABLE t */",
])('%s: nothing', (text) => {
  expect(rules(text)).toEqual([]);
});
