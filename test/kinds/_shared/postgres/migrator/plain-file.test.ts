import { expect, test } from 'vitest';
import { isPlain, plainTogether } from '../../../../../src/kinds/_shared/postgres/migrator/plain-file.ts';
import { fileOf } from '../../../../support/postgres-database.ts';

test.each([
  ['CREATE TABLE t (n bigint PRIMARY KEY, at timestamp with time zone DEFAULT now(), m int CHECK (m > 0))', true],
  [
    'create unlogged table if not exists a.t (n int generated always as identity references o (n)); COMMENT ON TABLE t IS $$x$$',
    true,
  ],
  [
    `CREATE TYPE mood AS ENUM ('ok'); CREATE TYPE "a"."B" AS ENUM ('of'); CREATE SEQUENCE s; GRANT USAGE ON s TO x WITH GRANT OPTION`,
    false,
  ],
  [
    `CREATE TYPE mood AS ENUM ('ok'); CREATE TYPE "a"."B" AS ENUM ('ja'); CREATE SEQUENCE s; GRANT USAGE ON s TO x WITH GRANT OPTION`,
    true,
  ],
  ['CREATE TEMP TABLE t (n int)', false],
  ['CREATE TABLE pg_temp.t (n int)', false],
  ['CREATE TABLE U&"pg\\005ftemp".t (n int)', false],
  ['CREATE TABLE t AS SELECT f()', false],
  ['CREATE TABLE t AS TABLE v', false],
  ['CREATE TABLE t AS EXECUTE p', false],
  ['CREATE TABLE t (n int, m int GENERATED ALWAYS AS (f(n)) STORED)', false],
  ['CREATE TABLE t PARTITION OF p DEFAULT', false],
  ['CREATE TABLE t (n int) PARTITION BY RANGE ((n + f(1)))', false],
  ['CREATE TABLE t (n int) PARTITION BY RANGE (f(n))', false],
  ['CREATE TABLE t (n int, EXCLUDE USING gist (n WITH =) WHERE (n > f(1)))', false],
  ['CREATE TABLE t (n int DEFAULT f())', false],
  ['CREATE TABLE t (n int DEFAULT f (1))', false],
  ['CREATE TABLE t (n int DEFAULT "now"(1))', false],
  ['CREATE TABLE t (n int DEFAULT my.now(n))', false],
  ['CREATE TABLE t (n int DEFAULT (1 + 1))', false],
  ['CREATE TABLE t (n int CHECK (f(n) > 0))', false],
  ['CREATE TABLE t (n int CHECK (f/**/(n) > 0))', false],
  ['CREATE TABLE t (n int CHECK ((n) > 0))', false],
  ['CREATE TABLE t (n int CHECK (n IN (f(1))))', false],
  ["CREATE TABLE t (n text DEFAULT f(')'))", false],
  [
    `CREATE TABLE a.t (id uuid DEFAULT gen_random_uuid(), n numeric(10, 2) NOT NULL, s varchar(8) CHECK (s IN ('a(', 'b')) /* f( */,
      o int REFERENCES "A".o (id), PRIMARY KEY (id, n), UNIQUE (s), FOREIGN KEY (o) REFERENCES p("id") ON DELETE CASCADE)`,
    true,
  ],
  ['CREATE TABLE t (LIKE o INCLUDING ALL)', false],
  ['CREATE TABLE t () INHERITS (p)', false],
  ['CREATE TABLE t (n int CHECK (n > 0) NOT ENFORCED)', false],
  ['CREATE TABLE t (n int); CREATE INDEX ON t (n)', false],
  ['ALTER TABLE t ADD n int DEFAULT f()', false],
  ['INSERT INTO t VALUES (1)', false],
  ['SET search_path = x', false],
  // The server says that it cuts a name before it does anything: no statement is known for what it says then.
  [`CREATE TABLE t (${'n'.repeat(63)} int)`, true],
  [`CREATE TABLE t (${'n'.repeat(64)} int)`, false],
  [`CREATE TABLE "${'ä'.repeat(32)}" (n int)`, false],
  [`COMMENT ON TABLE t IS '${'n'.repeat(64)}'`, true],
  ['-- stackctl: transaction=false\nCREATE TABLE t (n int)', false],
])('%s does what its words say and nothing else: %s', (text, expected) => {
  expect(isPlain(fileOf('1_a', text))).toBe(expected);
});

test('what needs more than one request is not plain', () => {
  const file = fileOf('1_a', 'CREATE TABLE t (n int)');
  expect(isPlain({ ...file, outOfOrder: true })).toBe(false);
  expect(isPlain({ ...file, statementTimeoutMs: 10 })).toBe(false);
  expect(isPlain({ ...file, statements: [] })).toBe(false);
  const several = { text: 'CREATE TABLE t (n int); SELECT f()', line: 1, column: 1 };
  expect(isPlain({ ...file, statements: [several] })).toBe(false);
});

test('plain files go together as far as the first that has to go by itself', () => {
  const plain = (length: number) => Array.from({ length }, (_, index) => fileOf(`${index}`, 'CREATE TABLE t (n int)'));
  const [one] = plain(1);
  if (one === undefined) throw new Error('no file');
  expect(plainTogether([])).toBe(0);
  expect(plainTogether(plain(3))).toBe(3);
  expect(plainTogether(plain(100))).toBe(16);
  for (const other of [
    fileOf('b', 'ALTER TABLE t ADD m int'),
    { ...one, unavailable: 'not here' },
    { ...one, outOfOrder: true },
    { ...one, begun: true },
    { ...one, lockTimeoutMs: 999 },
  ])
    expect(plainTogether([...plain(2), other, one])).toBe(2);
  expect(
    plainTogether([
      { ...one, lockTimeoutMs: 0 },
      { ...one, lockTimeoutMs: 1000 },
    ]),
  ).toBe(2);
  const large = fileOf('l', `COMMENT ON TABLE t IS '${'x'.repeat(40_000)}'`);
  expect(plainTogether([one, large, large, one])).toBe(2);
});
