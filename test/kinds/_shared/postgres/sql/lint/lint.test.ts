import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../../../../../src/kinds/_shared/postgres/sql/dialect.ts';
import type { LintPart } from '../../../../../../src/stack/contract/lint.ts';

const IN_ONE: LintPart = { transactional: true, once: false, lockTimeoutMs: 0 };
const STEPWISE: LintPart = { ...IN_ONE, transactional: false };

/** `offset rule` of each finding. */
function findings(text: string, part = IN_ONE): readonly string[] {
  const { statements } = POSTGRES_SQL.split(text);
  return (POSTGRES_SQL.lint?.(statements, part) ?? []).map(({ offset, rule }) => `${offset} ${rule}`);
}

describe('one statement', () => {
  test.each([
    ['ALTER TABLE t ALTER COLUMN c TYPE bigint', 'column-type'],
    ['alter table only s.t alter c set data type text using c::text', 'column-type'],
    ['ALTER TABLE t ALTER c SET NOT NULL', 'set-not-null'],
    ['ALTER TABLE IF EXISTS "my table" ADD COLUMN c int NOT NULL', 'not-null-without-default'],
    ['ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid()', 'volatile-default'],
    ['ALTER TABLE t ADD COLUMN c timestamptz DEFAULT clock_timestamp()', 'volatile-default'],
    ['ALTER TABLE t ADD COLUMN c serial', 'volatile-default'],
    ['ALTER TABLE t ADD COLUMN c bigint GENERATED ALWAYS AS IDENTITY', 'volatile-default'],
    ['ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES u', 'foreign-key-validation'],
    ['ALTER TABLE t ADD COLUMN c int REFERENCES u', 'foreign-key-validation'],
    ['ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)', 'check-validation'],
    ['ALTER TABLE t ADD CHECK (a > 0)', 'check-validation'],
    ['ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)', 'unique-constraint'],
    ['ALTER TABLE t ADD PRIMARY KEY (a)', 'unique-constraint'],
    ['ALTER TABLE t DROP COLUMN IF EXISTS c CASCADE', 'drop-column'],
    ['ALTER TABLE t DROP c', 'drop-column'],
    ['ALTER TABLE t RENAME COLUMN a TO b', 'rename'],
    ['ALTER TABLE t RENAME TO u', 'rename'],
    ['ALTER TABLE t SET UNLOGGED', 'set-logged'],
    ['CREATE INDEX i ON t (a)', 'index-build'],
    ['CREATE UNIQUE INDEX ON ONLY t USING btree (a)', 'index-build'],
    ['DROP TABLE IF EXISTS t', 'drop-table'],
    ['DROP SCHEMA s CASCADE', 'drop-table'],
    ['TRUNCATE t', 'truncate'],
    ['DROP INDEX i', 'drop-index'],
    ['REINDEX TABLE t', 'reindex'],
    ['VACUUM (ANALYZE, FULL) t', 'table-rewrite'],
    ['CLUSTER t USING i', 'table-rewrite'],
    ['REFRESH MATERIALIZED VIEW v', 'refresh'],
    ['UPDATE t SET a = 1', 'all-rows'],
    ['DELETE FROM t', 'all-rows'],
    ["SELECT create_hypertable('t', 'time', migrate_data => true)", 'hypertable-data'],
  ])('%s: %s', (text, rule) => {
    expect(findings(text)).toEqual([`0 ${rule}`]);
  });

  test.each([
    'CREATE TABLE t (a int NOT NULL, b int REFERENCES u, UNIQUE (a))',
    'ALTER TABLE t ADD COLUMN c int',
    "ALTER TABLE t ADD COLUMN c text NOT NULL DEFAULT 'x'",
    'ALTER TABLE t ADD COLUMN c timestamptz DEFAULT now()',
    'ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES u NOT VALID',
    'ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i',
    'ALTER TABLE t DROP CONSTRAINT k',
    'ALTER TABLE t RENAME CONSTRAINT a TO b',
    'ALTER TABLE t ALTER COLUMN c SET DEFAULT 1',
    'ALTER TABLE t ALTER COLUMN c DROP NOT NULL',
    'CREATE INDEX i ON t (a) WITH (timescaledb.transaction_per_chunk)',
    'REFRESH MATERIALIZED VIEW CONCURRENTLY v',
    'UPDATE t SET a = 1 WHERE a = 2',
    "INSERT INTO notes VALUES ('DROP TABLE t')",
    "COMMENT ON TABLE t IS 'ALTER TABLE t DROP COLUMN c'",
    '/* DROP TABLE t */ SELECT 1',
  ])('%s: nothing', (text) => {
    expect(findings(text)).toEqual([]);
  });
});

test('each action of ALTER TABLE has its place', () => {
  const text = 'ALTER TABLE t\n  ADD COLUMN a numeric(10, 2),\n  DROP COLUMN b,\n  ALTER COLUMN c TYPE text';
  expect(findings(text)).toEqual([`${text.indexOf('DROP')} drop-column`, `${text.lastIndexOf('ALTER')} column-type`]);
});

test('what the file makes itself is empty and free', () => {
  expect(
    findings('CREATE TABLE IF NOT EXISTS s.t (a int); CREATE INDEX ON s.t (a); ALTER TABLE S.T ADD CHECK (a > 0)'),
  ).toEqual([]);
});

test('NOT VALID gains nothing when it is validated in the same transaction', () => {
  const text = 'ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT k';
  expect(findings(text)).toEqual([`${text.lastIndexOf('ALTER')} validation-in-one-transaction`]);
});

describe('without a transaction', () => {
  test.each([
    'CREATE INDEX CONCURRENTLY i ON t (n)',
    'CREATE INDEX CONCURRENTLY ON t (n)',
    'DROP INDEX CONCURRENTLY i',
    'CREATE DATABASE d',
    'ALTER TABLE t DETACH PARTITION p CONCURRENTLY',
    'DO $$ BEGIN COMMIT; END $$',
    'CALL fill()',
  ])('%s may be in effect without an entry', (text) => {
    expect(findings(text, STEPWISE)).toEqual(['0 not-repeatable']);
    expect(findings(text, { ...STEPWISE, once: true })).toEqual([]);
  });

  test.each([
    // They run in a transaction of their own, and the ledger knows how that has ended.
    'CREATE TABLE t (n int)',
    'INSERT INTO t VALUES (1)',
    'ALTER TABLE t DETACH PARTITION p',
    // A second run changes nothing.
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n)',
    'DROP INDEX CONCURRENTLY IF EXISTS i',
    'REINDEX INDEX CONCURRENTLY i',
    'VACUUM t',
    'ALTER SYSTEM SET work_mem = 1',
  ])('%s can be resumed', (text) => {
    expect(findings(text, STEPWISE)).toEqual([]);
  });

  test('one statement in a file, that can run again, and waits as long as it takes', () => {
    expect(findings('CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)', STEPWISE)).toEqual([]);
    const text = 'DROP INDEX CONCURRENTLY i; VACUUM t';
    expect(findings(text, { ...STEPWISE, lockTimeoutMs: 2000 })).toEqual([
      '0 not-repeatable',
      '0 bounded-wait',
      `${text.indexOf('VACUUM')} several-steps`,
    ]);
  });
});
