import { expect, test } from 'vitest';
import { CLICKHOUSE_SQL } from '../../../../src/kinds/clickhouse/sql/dialect.ts';
import { runsOf } from '../../../../src/kinds/clickhouse/sql/running/runs.ts';
import { fastest } from '../../../support/growth.ts';

const typeOf = (statement: string) => runsOf([statement])[0]?.type;

test.each([
  ['session', ['SET join_use_nulls = 1', 'use audit', 'CREATE TEMPORARY TABLE t (a UInt8)', 'DROP TEMPORARY TABLE t']],
  [
    'again',
    [
      'CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = Memory',
      'CREATE TABLE IF NOT EXISTS t AS other',
      'CREATE TABLE IF NOT EXISTS t ENGINE = MergeTree ORDER BY a EMPTY AS SELECT 1 AS a',
      'CREATE OR REPLACE TABLE t ENGINE = Memory AS SELECT 1',
      'create materialized view if not exists v to t as select 1',
      'CREATE USER IF NOT EXISTS u',
      'DROP TABLE IF EXISTS a.`b`',
      'ALTER TABLE a.comment ADD COLUMN IF NOT EXISTS c UInt8 COMMENT $$add$$, DROP COLUMN IF EXISTS `update`',
      'ALTER TABLE t ADD COLUMN IF NOT EXISTS c UInt8, MODIFY ORDER BY (a, c)',
      'ALTER TABLE t MODIFY SETTING a = 1, b = 2',
      'ALTER TABLE t (MODIFY COLUMN a UInt16), (ADD INDEX IF NOT EXISTS i a TYPE minmax)',
      'ALTER TABLE t RENAME COLUMN IF EXISTS a TO b',
      'ALTER TABLE t DELETE WHERE a = 1',
      'ALTER USER u SETTINGS max_threads = 1',
      'DELETE FROM t WHERE a = 1',
      'RENAME TABLE IF EXISTS a TO b',
      'SELECT throwIf(count() = 0) FROM t',
      '(SELECT 1) UNION ALL SELECT 2',
      'OPTIMIZE TABLE t FINAL',
      'GRANT SELECT ON t TO u',
      '/* INSERT INTO t */ SYSTEM FLUSH LOGS',
    ],
  ],
  [
    'fills',
    [
      'CREATE TABLE IF NOT EXISTS t ENGINE = MergeTree ORDER BY a AS SELECT 1 AS a',
      'CREATE TABLE IF NOT EXISTS t ENGINE = Memory AS (SELECT 1)',
      'CREATE TABLE IF NOT EXISTS t ENGINE = Memory AS WITH 1 AS x SELECT x',
      'CREATE TABLE IF NOT EXISTS t CLONE AS other',
      'CREATE MATERIALIZED VIEW IF NOT EXISTS v ENGINE = Memory POPULATE AS SELECT 1',
    ],
  ],
  [
    'once',
    [
      'INSERT INTO t VALUES (1)',
      'INSERT INTO a.t SELECT 1',
      'INSERT INTO FUNCTION remote(a) SELECT 1',
      'TRUNCATE TABLE log',
      'CREATE TABLE t (a UInt8) ENGINE = Memory',
      'CREATE DATABASE a',
      'DROP VIEW v',
      'RENAME TABLE a TO b',
      'EXCHANGE TABLES a AND b',
      'ATTACH TABLE t',
      'DETACH TABLE t PERMANENTLY',
      'UPDATE t SET a = a + 1 WHERE 1',
      'ALTER TABLE t ADD COLUMN c UInt8',
      'ALTER TABLE t ADD COLUMN IF NOT EXISTS c UInt8, ADD COLUMN d UInt8',
      'ALTER TABLE t (ADD COLUMN c UInt8)',
      'ALTER TABLE t UPDATE a = 1, b = 2 WHERE 1',
      'ALTER TABLE t DROP PARTITION 1',
      'ALTER TABLE t ATTACH PARTITION 1 FROM s',
      'ALTER TABLE t MODIFY COLUMN c REMOVE DEFAULT',
      'ALTER TABLE t REMOVE TTL',
      'ALTER USER u RENAME TO v',
      'CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = Memory PARALLEL WITH DROP TABLE b',
      'BACKUP TABLE t TO Disk(a)',
    ],
  ],
] as const)('runs a second time: %s', (type, statements) => {
  expect(statements.map((statement) => [statement, typeOf(statement)])).toEqual(statements.map((text) => [text, type]));
});

test('a table of the session may be filled and emptied, one of its name in a database may not', () => {
  const statements = [
    'CREATE TEMPORARY TABLE IF NOT EXISTS Pairs (a UInt8)',
    'INSERT INTO Pairs VALUES (1)',
    'INSERT INTO TABLE `Pairs` (a) SELECT 2',
    'TRUNCATE TABLE Pairs',
    'DROP TABLE Pairs',
    'INSERT INTO app.Pairs VALUES (1)',
    'INSERT INTO pairs VALUES (1)',
  ];
  expect(runsOf(statements).map(({ type }) => type)).toEqual([
    ...['session', 'session', 'session', 'session', 'session'],
    ...['once', 'once'],
  ]);
});

test('a file without `once` is refused with both ways out, at the word that cannot run twice', () => {
  const text = 'ALTER TABLE t ADD COLUMN IF NOT EXISTS a UInt8,\n  ADD COLUMN b UInt8;\nINSERT INTO t VALUES (1)';
  const { statements } = CLICKHOUSE_SQL.split(text);
  const refused = (once: boolean) => CLICKHOUSE_SQL.refused?.(statements, { transactional: false, once });
  expect(refused(false)).toEqual([
    {
      offset: text.indexOf('ADD COLUMN b'),
      message: expect.stringMatching(
        /^ADD COLUMN cannot run .*; write ADD COLUMN IF NOT EXISTS, or put `-- stackctl: once=true`/,
      ),
    },
    {
      offset: text.indexOf('INSERT'),
      message: expect.stringMatching(/^INSERT cannot .*a file of its own with `-- stackctl: once=true`/),
    },
  ]);
  expect(refused(true)).toEqual([]);
});

test('a statement with much data is not read to its end', () => {
  const rows = `INSERT INTO t VALUES ${'(1),'.repeat(100_000)}(1)`;
  expect(typeOf(rows)).toBe('once');
  expect(10 * fastest(() => typeOf(rows))).toBeLessThan(fastest(() => CLICKHOUSE_SQL.split(rows), 2));
});
