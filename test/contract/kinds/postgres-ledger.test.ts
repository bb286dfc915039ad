import { describe, expect } from 'vitest';
import { withPostgres } from '../../../src/clients/postgres/connect.ts';
import { SESSIONS } from '../../../src/clients/postgres/purpose.ts';
import { withSchema } from '../../../src/kinds/_shared/postgres/schema/session.ts';
import { type Amendment, ledgerDigest } from '../../../src/stack/contract/ledger.ts';
import { VERSION } from '../../../src/version.ts';
import { bare, databaseForTests, fileOf, type Session, soon } from '../../support/postgres-database.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

const { test, session, locked, query, target } = databaseForTests({ hasTimescale: false });

/** As the first versions of stackctl made it. */
const OLD = `
create schema stackctl;
create table stackctl.migrations (
  name text primary key,
  checksum text not null,
  state text not null check (state in ('applied', 'unavailable', 'running', 'failed')),
  statements_done integer not null,
  applied_at timestamptz not null default clock_timestamp(),
  duration_ms bigint not null,
  applied_by text not null default current_setting('application_name'),
  run_order bigint generated always as identity
);
comment on table stackctl.migrations is 'Which migration files stackctl has applied to this database.';
insert into stackctl.migrations (name, checksum, state, statements_done, duration_ms, applied_by) values
  ('0001_a', 'a', 'applied', 2, 12, 'stackctl migrate old:1'), ('0002_b', 'b', 'failed', 1, 3, 'stackctl migrate old:1'),
  ('0003_c', 'c', 'unavailable', 0, 0, 'stackctl migrate old:1')`;

/** What an earlier stackctl reads. */
const OLD_READ = `select name, checksum, state, duration_ms::int as ms, applied_at is not null as dated
  from stackctl.migrations order by run_order`;

const columns = () =>
  query<{ n: number }>(
    `select count(*)::int as n from pg_attribute where attrelid = 'stackctl.migrations'::regclass and attnum > 0`,
  );

describe('a ledger of an earlier stackctl', () => {
  test('is read as it is, and brought up to date by the first change, in place', async () => {
    await query(OLD);
    const before = await query(OLD_READ);
    await using only = await locked();
    const read = await only.applied();
    expect(read).toMatchObject([
      { name: '0001_a', checksum: 'a', state: 'applied', statementsDone: 2, appliedBy: 'stackctl migrate old:1' },
      { name: '0002_b', state: 'failed' },
      { name: '0003_c', state: 'unavailable' },
    ]);
    expect(read[0]).not.toHaveProperty('toolVersion');
    expect(await only.events?.()).toEqual([]);
    expect(await only.unsound?.()).toEqual([]);
    expect(await columns()).toEqual([{ n: 8 }]);

    // An old entry goes on behind its statements, as long as the file is the same.
    await query('create table t (n int)');
    const text = 'INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);';
    await only.apply(bare('0002_b', text, { checksum: 'b' }), soon());
    expect(await query('select n from t')).toEqual([{ n: 2 }]);
    expect(await only.applied()).toMatchObject([
      { name: '0001_a', state: 'applied', durationMs: 12 },
      { name: '0003_c' },
      { name: '0002_b', state: 'applied', toolVersion: VERSION },
    ]);
    expect(await query('select version::int from stackctl.migrations order by 1')).toMatchObject([
      { version: 1 },
      { version: 2 },
      { version: 3 },
    ]);

    const after = await query(OLD_READ);
    expect(after.filter((row) => before.some((old) => JSON.stringify(old) === JSON.stringify(row)))).toHaveLength(2);
    // And what an earlier stackctl writes is understood.
    await query(`insert into stackctl.migrations as entry (name, checksum, state, statements_done, duration_ms, applied_by)
      values ('0004_d', 'd', 'applied', 1, 5, 'old') on conflict (name) do nothing`);
    expect((await only.applied()).at(-1)).toMatchObject({ name: '0004_d', state: 'applied' });
  });

  test('stays as it was where the upgrade fails', async () => {
    await query(`${OLD}; create function refuse() returns event_trigger language plpgsql as
      $$ begin if tg_tag = 'CREATE TRIGGER' then raise exception 'no triggers here'; end if; end $$;
      create event trigger refuse on ddl_command_start execute function refuse()`);
    await using only = await locked();
    expect(await errorOf(only.apply(fileOf('0005_e', 'SELECT 1'), soon()))).toMatchObject({
      message: expect.stringMatching(/^m\/0005_e\.sql: the record of the migrations.*no triggers here/),
    });
    expect(await columns()).toEqual([{ n: 8 }]);
  });
});

describe('events', () => {
  test('are appended and never changed', async () => {
    await using only = await locked();
    await only.apply(fileOf('0001_a', 'CREATE TABLE a (n int)', { outOfOrder: true }), soon());
    await only.apply(bare('0002_b', 'CREATE TABLE b (n int);', { outOfOrder: true }), soon());
    expect(await only.events?.()).toMatchObject([
      {
        name: '0001_a',
        type: 'outOfOrder',
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        by: expect.stringContaining('stackctl migrate'),
      },
      { name: '0002_b', type: 'outOfOrder' },
    ]);
    for (const change of [
      'delete from stackctl.migration_events',
      `update stackctl.migration_events set reason = ''`,
      'truncate stackctl.migration_events',
      `set session_replication_role = replica; delete from stackctl.migration_events`,
    ])
      await expect(query(change)).rejects.toThrow('appended to only');
    expect(await only.events?.()).toHaveLength(2);
  });

  test('go with what somebody has decided about an entry', async () => {
    await using reader = await session();
    const amendment: Amendment = {
      name: '0001_a',
      checksum: 'x',
      state: 'baselined',
      event: 'baselined',
      reason: 'was there',
    };
    expect(await errorOf(reader.amend?.(amendment) ?? Promise.resolve())).toMatchObject({ code: 'E_LOCKED' });
    await using only = await locked();
    await only.amend?.(amendment);
    expect(await only.applied()).toMatchObject([{ name: '0001_a', state: 'baselined', checksum: 'x' }]);
    // To an earlier stackctl it is applied, so that it does not run the file.
    expect(await query(OLD_READ)).toMatchObject([{ name: '0001_a', state: 'applied' }]);
    const [before] = await only.applied();
    await only.amend?.({ ...amendment, checksum: 'y', state: 'baselined', event: 'checksumAccepted' });
    expect(await only.applied()).toEqual([{ ...before, checksum: 'y' }]);
    await only.amend?.({ ...amendment, state: 'reverted', event: 'reverted' });
    expect(await only.applied()).toMatchObject([{ state: 'reverted' }]);
    await only.amend?.({ ...amendment, state: 'applied', event: 'markedApplied' });
    expect(await only.applied()).toMatchObject([{ state: 'applied' }]);
    await only.amend?.({ ...amendment, state: 'forgotten', event: 'forgotten' });
    expect(await only.applied()).toEqual([]);
    expect((await only.events?.())?.map(({ type, reason }) => [type, reason])).toEqual(
      ['baselined', 'checksumAccepted', 'reverted', 'markedApplied', 'forgotten'].map((type) => [type, 'was there']),
    );
  });
});

test('a ledger that does not know single statements is read, and gets the column with the first change', async () => {
  const first = await locked();
  await first.apply(fileOf('0001_a', 'SELECT 1'), soon());
  await first.close();
  await query('alter table stackctl.migrations drop column statement_marks, drop column part');
  await using next = await locked();
  expect(await next.applied()).toMatchObject([{ name: '0001_a', toolVersion: expect.any(String) }]);
  expect(await next.events?.()).toEqual([]);
  await next.apply(bare('0002_b', 'SELECT 1; SELECT 2;'), soon());
  expect(await next.applied()).toMatchObject([{ name: '0001_a' }, { name: '0002_b', state: 'applied' }]);
});

test('a ledger that does not know how far a down part came is read, and gets the column with the first change', async () => {
  const first = await locked();
  await first.apply(bare('0001_a', 'SELECT 1;'), soon());
  await first.close();
  // As an earlier stackctl leaves it when a down part fails.
  await query(`alter table stackctl.migrations drop column part;
    update stackctl.migrations set state = 'failed', statements_done = 0, done_checksum = null, unsound_before = null`);
  await using next = await locked();
  expect(await next.applied()).toMatchObject([{ name: '0001_a', state: 'failed', statementsDone: 0 }]);
  await next.apply(bare('0001_a', 'SELECT 1;'), soon());
  expect(await next.applied()).toMatchObject([{ name: '0001_a', state: 'applied' }]);
});

describe('a file that is taken back', () => {
  test('in a transaction: its entry, the event and its statements together', async () => {
    await using only = await locked();
    await only.apply(fileOf('0001_a', 'CREATE TABLE a (n int)'), soon());
    const broken = fileOf('0001_a', 'SET ROLE pg_monitor; DROP TABLE nothing');
    expect(await errorOf(only.revert?.(broken, soon()) ?? Promise.resolve())).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringContaining('nothing of this file was taken back'),
    });
    expect(await only.applied()).toMatchObject([{ state: 'applied' }]);
    await only.revert?.(fileOf('0001_a', 'DROP TABLE a; SET ROLE pg_monitor'), soon());
    expect(await only.applied()).toMatchObject([{ name: '0001_a', state: 'reverted' }]);
    expect(await only.events?.()).toMatchObject([{ name: '0001_a', type: 'reverted' }]);
    await only.apply(fileOf('0001_a', 'CREATE TABLE a (n int)'), soon());
    expect(await only.applied()).toMatchObject([{ name: '0001_a', state: 'applied' }]);
  });

  test('without one: half of it is no applied file any more; down goes on there, and up is refused', async () => {
    await query('create table t (n int)');
    await using only = await locked();
    const up = bare(
      '0002_i',
      'CREATE INDEX CONCURRENTLY IF NOT EXISTS t_n ON t (n); CREATE INDEX CONCURRENTLY IF NOT EXISTS t_m ON t ((n + 1));',
    );
    await only.apply(up, soon());
    const down = (text: string, rest = {}) => only.revert?.(bare('0002_i', text, rest), soon()) ?? Promise.resolve();
    const failed = await errorOf(down('DROP INDEX CONCURRENTLY t_n; DROP INDEX CONCURRENTLY nothing;'));
    expect(failed.message).toContain('the 1 before it are in effect');
    const half = { state: 'failed', part: 'down', statementsDone: 1 };
    expect(await only.applied()).toMatchObject([half]);
    expect(await errorOf(only.apply(up, soon()))).toMatchObject({ code: 'E_LOCKED' });
    // What was done stays as it is, or nothing is run.
    const edited = await errorOf(
      down('DROP INDEX CONCURRENTLY t_o; DROP INDEX CONCURRENTLY t_m;', { checksum: 'edited' }),
    );
    expect(edited.message).toContain('Statement 1 is the first that differs of the 1 that are done');
    const begun = { begun: true, transactional: true, checksum: 'edited' };
    expect(await errorOf(down('DROP INDEX t_n; DROP INDEX t_m;', begun))).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringContaining('Of its statements 1 are in effect: nothing was run.'),
      hint: expect.stringMatching(/"-- stackctl: down transaction=false".*--statements-done 0002_i=0`/),
    });
    expect(await only.applied()).toMatchObject([half]);
    await down('DROP INDEX CONCURRENTLY t_n; DROP INDEX CONCURRENTLY t_m;');
    expect(await only.applied()).toMatchObject([{ state: 'reverted' }]);
    expect((await only.applied())[0]).not.toHaveProperty('part');
    await only.apply(up, soon());
    expect(await only.applied()).toMatchObject([{ state: 'applied' }]);
    expect(await query(`select count(*)::int as n from pg_indexes where tablename = 't'`)).toEqual([{ n: 2 }]);
  });

  test('a person says what is left of it, and the ledger has that', async () => {
    await query('create table t (n int)');
    await using only = await locked();
    const file = { name: '0003_i', checksum: '0003_i' };
    const up = bare('0003_i', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS t_n ON t (n);');
    const down = bare('0003_i', 'DROP INDEX CONCURRENTLY t_n; DROP INDEX CONCURRENTLY nothing;');
    const stop = async () => errorOf(only.revert?.(down, soon()) ?? Promise.resolve());
    await only.apply(up, soon());
    await stop();
    const counted = {
      state: 'failed',
      statementsDone: 2,
      event: 'statementsCounted',
      reason: 'as it was seen',
    } as const;
    await only.amend?.({ ...file, ...counted });
    expect(await only.applied()).toMatchObject([{ state: 'failed', part: 'down', statementsDone: 2 }]);
    await only.revert?.(down, soon());
    expect(await only.applied()).toMatchObject([{ state: 'reverted' }]);
    await only.apply(up, soon());
    await stop();
    await only.amend?.({ ...file, state: 'reverted', event: 'markedReverted', reason: 'as it was seen' });
    expect(await only.applied()).toMatchObject([{ state: 'reverted' }]);
    await only.apply(up, soon());
    await stop();
    await only.amend?.({ ...file, state: 'applied', event: 'markedApplied', reason: 'as it was seen' });
    expect((await only.applied())[0]).not.toHaveProperty('part');
    expect(await only.applied()).toMatchObject([{ state: 'applied' }]);
  });
});

describe('a rehearsal', () => {
  test('leaves nothing but the numbers of sequences, which it names', async () => {
    await query('create table t (n bigint generated always as identity, m int)');
    await using only = await session();
    const notices: string[] = [];
    const files = [
      fileOf(
        '0001_a',
        'SET ROLE pg_monitor; SET search_path = nowhere; RESET ROLE; CREATE TEMP TABLE x (n int); CREATE TABLE public.a (n int)',
      ),
      fileOf('0002_b', 'INSERT INTO a VALUES (1); CREATE TEMP TABLE x (n int); INSERT INTO t (m) VALUES (1)'),
    ];
    await only.rehearse?.(files, soon(), { onNotice: (notice) => notices.push(notice) });
    expect(notices).toEqual(['a rollback does not take back numbers: sequence public.t_n_seq went from unused to 1']);
    expect(await query(`select to_regclass('a') as a, to_regclass('stackctl.migrations') as ledger`)).toEqual([
      { a: null, ledger: null },
    ]);
  });

  test('fails as the files would, and says what only a rehearsal meets', async () => {
    await query(`create type state as enum ('new'); create table jobs (state state)`);
    await using only = await session();
    const value = fileOf('0001_a', `ALTER TYPE state ADD VALUE 'done'`);
    const uses = fileOf('0002_b', `INSERT INTO jobs VALUES ('done')`);
    expect(await errorOf(only.rehearse?.([value, uses], soon()) ?? Promise.resolve())).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      details: { sqlstate: '55P04', migration: '0002_b' },
      hint: expect.stringContaining('cannot be rehearsed in one transaction'),
    });
    const wrong = fileOf('0003_c', 'SELECT wrong');
    expect(await errorOf(only.rehearse?.([value, wrong], soon()) ?? Promise.resolve())).toMatchObject({
      details: { sqlstate: '42703', migration: '0003_c' },
    });
    await query('create table u (n int)');
    const deferred = fileOf(
      '0004_d',
      `ALTER TABLE u ADD CHECK (n > 0) NOT VALID; DO $$ BEGIN EXECUTE 'select 1'; END $$`,
    );
    await only.rehearse?.([deferred, fileOf('0005_e', 'ALTER TABLE u DROP COLUMN n')], soon());
    expect(await query('select n from u')).toEqual([]);
  });
});

describe('a check', () => {
  const CHECKS: readonly (readonly [string, unknown])[] = [
    ['SELECT true', undefined],
    ['SELECT n FROM t', 'gives no row'],
    ['SELECT false AS "is there"', 'gives false in is there'],
    ['SELECT NULL', 'gives null in its first column'],
    ['SELECT FROM (VALUES (1)) v (n)', 'gives null in its first column'],
    ['SELECT * FROM (VALUES (1), (NULL)) v (n)', 'gives null in n, row 2 of 2'],
    ['SELECT nothing', 'column "nothing" does not exist (42703)'],
    ['INSERT INTO t VALUES (1) RETURNING n', 'cannot execute INSERT in a read-only transaction (25006)'],
    ['SELECT 0', undefined],
    // What one has set, locked or prepared is not there for the next.
    ['SET ROLE pg_monitor', 'gives no row'],
    ["SELECT current_user = 'shop_user'", undefined],
    ['SET SESSION lock_timeout = 0', 'gives no row'],
    ["SELECT set_config('shop.seen', 'yes', false) = 'yes'", undefined],
    ["SELECT current_setting('shop.seen', true) = 'yes'", expect.stringMatching(/^gives (null|false) in /)],
    ['PREPARE one AS SELECT 1', 'gives no row'],
    ['SELECT count(*) = 0 FROM pg_prepared_statements', undefined],
    ['SELECT pg_advisory_lock(7) IS NOT NULL', undefined],
    ["SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'", undefined],
  ];

  test('says of each statement why it does not hold, and changes nothing', async () => {
    await query('create table t (n int)');
    await using only = await withChecks();
    const { statements } = fileOf('v', CHECKS.map(([text]) => text).join('; '));
    expect(await only.check?.(statements, soon())).toEqual(CHECKS.map(([, reason]) => reason));
    expect(await query('select from t')).toEqual([]);
  });

  test('waits for no lock longer than two seconds, whatever one before it has set', async () => {
    await query('create table t (n int)');
    await using only = await withChecks();
    await withPostgres({ ...target(), ...SESSIONS.migrate }, async (holder) => {
      await holder.query('begin; lock table t');
      const { statements } = fileOf('v', 'SET lock_timeout = 0; SELECT count(*) = 0 FROM public.t; SELECT true');
      expect(await only.check?.(statements, soon())).toEqual([
        'gives no row',
        'canceling statement due to lock timeout (55P03)',
        undefined,
      ]);
    });
  });

  /** As the kind opens it. */
  async function withChecks(): Promise<Session> {
    const opened = await session();
    return Object.assign(withSchema(opened, target(), undefined), { [Symbol.asyncDispose]: () => opened.close() });
  }
});

test('ten thousand entries are read', async () => {
  await using only = await locked();
  await only.apply(fileOf('0_a', 'SELECT 1'), soon());
  await query(`insert into stackctl.migrations (name, checksum, state, statements_done, duration_ms)
    select n || '_file', md5(n::text) || md5(n::text), 'applied', 1, 1 from generate_series(1, 10000) n`);
  expect(await only.applied()).toHaveLength(10_001);
});

describe('a ledger in short', () => {
  test('has the digest of its entries in the order of application, and the newest of them', async () => {
    await using only = await locked();
    expect(await only.brief?.(2)).toBeUndefined();
    // Applied in another order than that of the names.
    for (const name of ['0001_a', '0003_c', '0002_b']) await only.apply(fileOf(name, 'SELECT 1'), soon());
    const decision = { state: 'baselined', event: 'baselined', reason: 'a test' } as const;
    await only.amend?.({ ...decision, name: '0004_ü', checksum: 'e'.repeat(64) });
    const all = await only.applied();
    expect(all.map(({ name }) => name)).toEqual(['0001_a', '0003_c', '0002_b', '0004_ü']);
    expect(await only.brief?.(2)).toEqual({ entries: 4, digest: ledgerDigest(all), newest: all.slice(-2) });
    expect((await only.brief?.(9))?.newest).toEqual(all);
    expect(ledgerDigest(all)).not.toBe(ledgerDigest(all.toSorted((a, b) => (a.name < b.name ? -1 : 1))));
  });

  test.each(['unavailable', 'failed', 'reverted'])('has no digest where one is %s', async (state) => {
    await using only = await locked();
    for (const name of ['0001_a', '0002_b']) await only.apply(fileOf(name, 'SELECT 1'), soon());
    await query(`update stackctl.migrations set state = '${state}' where name = '0001_a'`);
    expect(await only.brief?.(1)).toMatchObject({ entries: 2, digest: undefined, newest: [{ name: '0002_b' }] });
  });

  test('of an earlier stackctl has to be read as a whole', async () => {
    await query(OLD);
    await using only = await session();
    expect(await only.brief?.(1)).toBeUndefined();
  });
});
