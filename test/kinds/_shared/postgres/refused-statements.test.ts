import { describe, expect, test } from 'vitest';
import { postgresSql } from '../../../../src/kinds/_shared/postgres/migrator/sql.ts';
import { readMigration } from '../../../../src/migrate/file.ts';

const problems = (text: string) => {
  const rules = { sql: postgresSql(), withoutTransactions: false };
  const result = readMigration({ name: '0001_a.sql', path: 'm/0001_a.sql', text }, rules);
  return result.ok ? [] : result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

describe('a setting that cannot be honoured is refused where it stands', () => {
  const HIDE = /^2:1 (standard_conforming_strings = off|another client_encoding): /;
  test.each([
    'SET standard_conforming_strings = off',
    "set local Standard_Conforming_Strings to 'false'",
    "SET client_encoding = 'LATIN1'",
    'SET SESSION client_encoding TO WIN1252',
    "SET NAMES 'LATIN1'",
  ])('%s', (statement) => {
    expect(problems(`SELECT 1;\n${statement};`)).toEqual([expect.stringMatching(HIDE)]);
    expect(problems(`-- stackctl: transaction=false\n${statement};`)).toEqual([expect.stringMatching(HIDE)]);
  });

  test.each([
    'SET TRANSACTION READ ONLY',
    'set transaction isolation level serializable, read only',
    'SET transaction_read_only = on',
  ])('%s, only where the entry is part of the transaction', (statement) => {
    expect(problems(`SELECT 1;\n${statement};`)).toEqual([
      expect.stringMatching(/^2:1 a transaction that is read-only cannot be entered/),
    ]);
    expect(problems(`-- stackctl: transaction=false\n${statement};`)).toEqual([]);
  });

  test.each([
    'SET standard_conforming_strings = on',
    "SET client_encoding = 'UTF8'",
    "SET client_encoding = 'utf-8'",
    'SET NAMES DEFAULT',
    'SET transaction_read_only = off',
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'SET SESSION AUTHORIZATION shop_owner',
    'SET search_path = shop',
    "SELECT 'SET standard_conforming_strings = off'",
  ])('%s is fine', (statement) => {
    expect(problems(statement)).toEqual([]);
  });
});

describe('inside a transaction', () => {
  const OUTSIDE = [
    'CREATE INDEX CONCURRENTLY i ON t (a)',
    'create unique index concurrently i on t (a)',
    'CREATE /* now */ INDEX\n CONCURRENTLY i ON t (a)',
    'DROP INDEX CONCURRENTLY IF EXISTS i',
    'REINDEX (VERBOSE) TABLE CONCURRENTLY t',
    'VACUUM FULL',
    'DISCARD ALL',
    "ALTER SYSTEM SET work_mem = '1MB'",
    'CREATE DATABASE d',
  ];
  test.each(OUTSIDE)('%s is refused, and allowed without one', (statement) => {
    expect(problems(`SELECT 1;\n${statement};`)).toEqual([
      expect.stringMatching(/^2:1 .* cannot run inside a transaction: /),
    ]);
    expect(problems(`-- stackctl: transaction=false\n${statement};`)).toEqual([]);
  });

  test.each([
    'CREATE MATERIALIZED VIEW v AS SELECT 1',
    'CREATE INDEX concurrently_used ON t (a)',
    "SELECT 'VACUUM; move_chunk('",
    "COMMENT ON TABLE t IS 'CREATE INDEX CONCURRENTLY'",
    "SELECT add_continuous_aggregate_policy('v', NULL, NULL, INTERVAL '1 hour')",
    'PREPARE p AS SELECT 1',
  ])('%s is fine', (statement) => {
    expect(problems(statement)).toEqual([]);
  });
});

test.each(['BEGIN', 'begin work', 'COMMIT', 'ROLLBACK', 'END', 'START TRANSACTION', 'SAVEPOINT s'])(
  '%s is refused with and without a transaction',
  (statement) => {
    const expected = [expect.stringContaining('stackctl itself begins and commits')];
    expect(problems(`${statement};SELECT 1`)).toEqual(expected);
    expect(problems(`-- stackctl: transaction=false\n${statement};SELECT 1`)).toEqual(expected);
  },
);

test('COPY from standard input is refused, and from a file is not', () => {
  expect(problems('COPY t (a) FROM STDIN')).toEqual([expect.stringContaining('no standard input')]);
  expect(problems("COPY t FROM '/tmp/t.csv'")).toEqual([]);
});
