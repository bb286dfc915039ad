import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../../../../src/kinds/_shared/postgres/sql/dialect.ts';
import { readContent } from '../../../../../src/migrate/content.ts';

const problems = (text: string) => {
  const rules = { sql: POSTGRES_SQL, withoutTransactions: false };
  const result = readContent('m/0001_a.sql', text, rules);
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

test.each(['BEGIN', 'begin work', 'COMMIT', 'ROLLBACK', 'END', 'START TRANSACTION', 'SAVEPOINT s'])(
  '%s is refused with and without a transaction',
  (statement) => {
    const expected = [expect.stringContaining('stackctl itself begins and commits')];
    expect(problems(`${statement};SELECT 1`)).toEqual(expected);
    expect(problems(`-- stackctl: transaction=false\n${statement};SELECT 1`)).toEqual(expected);
  },
);

test.each([
  'PREPARE p AS SELECT 1',
  'CREATE INDEX CONCURRENTLY i ON t (a)',
  'VACUUM',
  "COMMENT ON TABLE t IS 'COMMIT'",
  '"commit"',
  "COPY t FROM '/tmp/t.csv'",
])('%s is left to the server', (statement) => {
  expect(problems(statement)).toEqual([]);
});
