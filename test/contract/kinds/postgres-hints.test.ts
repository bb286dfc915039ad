import { describe, expect } from 'vitest';
import type { StackctlError } from '../../../src/errors.ts';
import type { PendingMigration } from '../../../src/stack/contract/migrate.ts';
import { bare, type Database, databaseForTests, fileOf, soon } from '../../support/postgres-database.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

const OWN_FILE = 'put it into a file of its own that starts with "-- stackctl: transaction=false"';

/** The error of a file behind statements that a person has run. */
async function errorIn({ locked, query }: Database, before: string, file: PendingMigration): Promise<StackctlError> {
  for (const statement of before.split(';;').filter((each) => each.trim() !== '')) await query(statement);
  await using only = await locked();
  return await errorOf(only.apply(file, soon()));
}

interface Case {
  readonly text: string;
  readonly before?: string;
  readonly sqlstate: string;
  readonly hint: string;
}

const PARTS = `create table m (day date) partition by range (day);
  create table m_2025 partition of m for values from ('2025-01-01') to ('2026-01-01')`;

const CASES: readonly Case[] = [
  { text: 'ALTER TABLE m DETACH PARTITION m_2025 CONCURRENTLY', before: PARTS, sqlstate: '25001', hint: OWN_FILE },
  {
    text: `CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 dbname=none' PUBLICATION p WITH (connect = true)`,
    sqlstate: '25001',
    hint: OWN_FILE,
  },
  { text: 'SELECT pg_terminate_backend(pg_backend_pid())', sqlstate: '57P01', hint: 'no mistake of the file' },
  { text: 'VACUUM', sqlstate: '25001', hint: OWN_FILE },
  { text: 'CREATE DATABASE other', sqlstate: '25001', hint: OWN_FILE },
  { text: 'REINDEX (CONCURRENTLY) SCHEMA public', sqlstate: '25001', hint: OWN_FILE },
  {
    text: 'SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    sqlstate: '25001',
    hint: 'first statement of the file',
  },
  {
    text: 'CREATE TABLE n (i int); DO $$ BEGIN FOR i IN 1..3 LOOP INSERT INTO n VALUES (i); COMMIT; END LOOP; END $$',
    sqlstate: '2D000',
    hint: OWN_FILE,
  },
  {
    text: 'CALL batches()',
    before: 'create procedure batches() language plpgsql as $$ begin rollback; end $$',
    sqlstate: '2D000',
    hint: OWN_FILE,
  },
  {
    text: `ALTER TYPE state ADD VALUE 'done'; INSERT INTO jobs VALUES (1, 'done')`,
    before: `create type state as enum ('new');; create table jobs (id int, state state)`,
    sqlstate: '55P04',
    hint: 'into a file with a higher version',
  },
  { text: 'SET setting_of_tomorrow = 0', sqlstate: '42704', hint: 'This server has no such setting' },
  { text: 'CREATE SCHEMA shop', before: 'create schema shop', sqlstate: '42P06', hint: 'stackctl migrate baseline' },
  { text: 'CREATE TABLE t (n int)', before: 'create table t ()', sqlstate: '42P07', hint: 'stackctl migrate baseline' },
  {
    text: 'ALTER TABLE t ADD n int',
    before: 'create table t (n int)',
    sqlstate: '42701',
    hint: 'stackctl migrate baseline',
  },
  { text: 'CREATE ROLE shop_user', sqlstate: '42710', hint: 'stackctl migrate baseline' },
  { text: 'INSERT INTO nothing VALUES (1)', sqlstate: '42P01', hint: 'lower version' },
  { text: 'CREATE TABLE nowhere.t (n int)', sqlstate: '3F000', hint: 'CREATE SCHEMA' },
  { text: 'SELECT nothing(1)', sqlstate: '42883', hint: 'extension' },
  { text: `SELECT 'x'::int`, sqlstate: '22P02', hint: 'cannot be read as its type' },
  {
    text: 'ALTER TABLE t ADD UNIQUE (n)',
    before: 'create table t as select 1 as n from generate_series(1, 2)',
    sqlstate: '23505',
    hint: 'the same key',
  },
  {
    text: 'ALTER TABLE t ADD CHECK (n > 1)',
    before: 'create table t as select 1 as n',
    sqlstate: '23514',
    hint: 'VALIDATE CONSTRAINT',
  },
  {
    text: 'ALTER TABLE t ALTER n SET NOT NULL',
    before: 'create table t as select null::int as n',
    sqlstate: '23502',
    hint: 'a DEFAULT',
  },
  { text: 'CREATE INDEX CONCURRENTLY ON m (day)', before: PARTS, sqlstate: '25001', hint: OWN_FILE },
  { text: `SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(5)`, sqlstate: '57014', hint: 'sets a limit itself' },
  { text: 'SELEC 1', sqlstate: '42601', hint: 'Correct the file' },
];

describe('what helps is said by the SQLSTATE and the statement', () => {
  const database = databaseForTests({ hasTimescale: false });
  database.test('for each of them', async () => {
    for (const [index, { text, before = '', sqlstate, hint }] of CASES.entries()) {
      const clean = 'drop table if exists m, t, jobs cascade;; drop schema if exists shop;; drop type if exists state';
      const error = await errorIn(database, `${clean};;${before}`, fileOf(String(index), text));
      expect({ text, ...error.details, hint: error.hint }).toMatchObject({
        text,
        sqlstate,
        hint: expect.stringContaining(hint),
      });
      expect(error.hint).not.toContain('IF NOT EXISTS');
    }
  });

  database.test('in a file without a transaction too', async () => {
    expect(await errorIn(database, PARTS, bare('1', 'CREATE INDEX CONCURRENTLY ON m (day);'))).toMatchObject({
      details: { sqlstate: '0A000' },
      hint: expect.stringContaining('ATTACH PARTITION'),
    });
    const text = `CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1 dbname=none' PUBLICATION p;`;
    expect(await errorIn(database, '', bare('2', text))).toMatchObject({
      details: { sqlstate: '08006' },
      hint: expect.stringContaining('connect = false'),
    });
    const limited = bare('3', 'SELECT pg_sleep(5);', { statementTimeoutMs: 30 });
    expect(await errorIn(database, '', limited)).toMatchObject({
      details: { sqlstate: '57014' },
      hint: expect.stringContaining('statement_timeout (30 ms)'),
    });
    await database.query(`drop index if exists i; create table u as select 1 as n from generate_series(1, 2)`);
    const before = 'create table w (n int)';
    const blocked = bare('4', 'ALTER TABLE w ADD m int;', { lockTimeoutMs: 100 });
    const holder = database.query('begin; lock table u; select pg_sleep(1)');
    expect(
      await errorIn(database, before, {
        ...blocked,
        statements: fileOf('4', 'ALTER TABLE u ADD m int').statements,
        lockTimeoutMs: 400,
      }),
    ).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(/lock timeout.*, held by pid \d+ \(test/),
    });
    await holder;
  });

  database.test('a right that is missing is named as the command that gives it', async () => {
    await database.query(`do $$ begin create role plain; exception when duplicate_object then null; end $$;
      create table kept (n int); create schema own`);
    const rights = {
      'CREATE TABLE own.t (n int)': 'GRANT USAGE, CREATE ON SCHEMA',
      'CREATE SCHEMA other': 'GRANT CREATE ON DATABASE',
      'CREATE ROLE another': 'CREATEROLE',
      'ALTER TABLE kept ADD m int': 'OWNER TO',
      'INSERT INTO kept VALUES (1)': 'GRANT INSERT ON',
      'CREATE INDEX ON kept (n)': 'OWNER TO',
    };
    for (const [text, grant] of Object.entries(rights)) {
      const error = await errorIn(database, '', fileOf(text, `SET ROLE plain; ${text}`));
      expect({ text, hint: error.hint }).toEqual({ text, hint: expect.stringContaining(grant) });
      expect(error.details).toMatchObject({ sqlstate: '42501' });
    }
  });
});

describe('TimescaleDB', () => {
  const database = databaseForTests({ hasTimescale: true });
  const { test, query, locked } = database;

  test('its own errors say what helps', async () => {
    await query(`create table h (time timestamptz not null, n int); select create_hypertable('h', 'time')`);
    expect(await errorIn(database, '', fileOf('1', 'CREATE UNIQUE INDEX ON h (n)'))).toMatchObject({
      details: { sqlstate: 'TS103' },
      hint: expect.stringContaining('must have the column that it is partitioned by'),
    });
    expect(await errorIn(database, '', bare('2', 'CREATE INDEX CONCURRENTLY ON h (n);'))).toMatchObject({
      details: { sqlstate: '0A000' },
      hint: expect.stringContaining('timescaledb.transaction_per_chunk'),
    });
    expect(await errorIn(database, '', fileOf('3', `SELECT create_hypertable('h', 'time')`))).toMatchObject({
      details: { sqlstate: 'TS110' },
      hint: expect.stringContaining('if_not_exists'),
    });
    const perChunk = 'CREATE INDEX ON h (n) WITH (timescaledb.transaction_per_chunk)';
    expect(await errorIn(database, '', fileOf('4', perChunk))).toMatchObject({
      details: { sqlstate: '25001' },
      hint: expect.stringContaining(OWN_FILE),
    });
    for (const [index, text] of [
      `ALTER TABLE h SET (timescaledb.compress)`,
      `SELECT add_retention_policy('h', interval '1 day')`,
      `CREATE MATERIALIZED VIEW v WITH (timescaledb.continuous) AS SELECT time_bucket('1 hour', time) FROM h GROUP BY 1 WITH NO DATA`,
    ].entries()) {
      const error = await errorIn(database, '', fileOf(`5${index}`, text));
      expect({ text, hint: error.hint, state: error.details.sqlstate }).toEqual({
        text,
        hint: expect.stringContaining('requires=timescaledb-tsl'),
        state: '0A000',
      });
    }
  });

  test('an index of a hypertable whose build chunk by chunk failed keeps its file out', async () => {
    await query(`create table h (time timestamptz not null, n int); select create_hypertable('h', 'time');
      insert into h select t, 0 from generate_series('2025-01-01'::timestamptz, '2025-02-01', interval '1 day') t`);
    const text = 'CREATE INDEX IF NOT EXISTS h_inverse ON h ((1 / n)) WITH (timescaledb.transaction_per_chunk);';
    await using only = await locked();
    const failed = await errorOf(only.apply(bare('0001_inverse', text), soon()));
    expect(failed.message).toContain('It has left behind: index public.h_inverse is not valid');
    expect(failed.hint).toContain('DROP INDEX public.h_inverse');
    await query('update h set n = 1');
    expect(await errorOf(only.apply(bare('0001_inverse', text), soon()))).toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
    });
    for (const object of (await only.unsound?.()) ?? []) await only.fix?.(object, soon());
    await only.apply(bare('0001_inverse', text), soon());
    expect(await only.unsound?.()).toEqual([]);
  });
});
