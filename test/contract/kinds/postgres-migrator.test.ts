import { afterAll, beforeAll, describe, expect, test as it } from 'vitest';
import { type PostgresTarget, withPostgres } from '../../../src/clients/postgres/connect.ts';
import { StackctlError } from '../../../src/errors.ts';
import { connectMigrator } from '../../../src/kinds/_shared/postgres/migrator/migrator.ts';
import { targetOf } from '../../../src/kinds/_shared/postgres/options.ts';
import { kind } from '../../../src/kinds/postgres/index.ts';
import type { PostgresOptions } from '../../../src/kinds/postgres/options.ts';
import { features } from '../../../src/kinds/timescaledb/features.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { MigrationSession, PendingMigration } from '../../../src/stack/contract/migrate.ts';
import { VERSION } from '../../../src/version.ts';
import { installation, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';
import { errorOf } from '../../support/stack-fixtures.ts';
import { patience, waitFor } from '../../support/wait-for.ts';

const FOUND = installation(false) ?? installation(true);
const test = it.skipIf(FOUND === undefined);
const OPTIONS = { database: 'shop', user: 'shop_user', password: new Secret('secret') };

let server: PostgresServer<PostgresOptions>;
let target: PostgresTarget;

beforeAll(async () => {
  if (FOUND === undefined) return;
  server = await postgresServer({ kind, options: OPTIONS, installation: FOUND });
  await server.start();
  await server.ready();
  target = targetOf(server.input.instance.client, OPTIONS, 'ledger');
});

afterAll(() => server?.[Symbol.asyncDispose]());

const soon = patience;

async function session(): Promise<MigrationSession & AsyncDisposable> {
  const opened = await connectMigrator(target, { features }, soon());
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}

/** One that has the lock. */
async function locked(): Promise<MigrationSession & AsyncDisposable> {
  const opened = await session();
  await opened.lock(soon(), () => undefined);
  return opened;
}

function query<Row>(sql: string): Promise<readonly Row[]> {
  const plain = { ...target, applicationName: 'test', settings: { ...target.settings, search_path: 'public' } };
  return withPostgres(plain, async (client) => (await client.query(sql)).rows);
}

function migration(
  name: string,
  statements: readonly string[],
  rest: Partial<PendingMigration> = {},
): PendingMigration {
  const lines = statements.map((text, index) => ({ text, line: index * 10 + 1, column: 1 }));
  const given = { statements: lines, transactional: true, lockTimeoutMs: 300, unavailable: undefined };
  return { name, path: `migrations/${name}.sql`, checksum: 'c'.repeat(64), ...given, ...rest };
}

const exists = async (table: string): Promise<boolean> =>
  (await query<{ found: boolean }>(`select to_regclass('${table}') is not null as found`))[0]?.found ?? false;

test('looking changes nothing; a file and its entry come together or not at all', async () => {
  await using first = await locked();
  expect(await first.applied()).toEqual([]);
  expect(await exists('stackctl.migrations')).toBe(false);

  await first.apply(migration('0001_a', ['create table a (n int)', 'insert into a values (1)']), soon());
  expect(await first.applied()).toEqual([
    {
      name: '0001_a',
      checksum: 'c'.repeat(64),
      state: 'applied',
      appliedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      durationMs: expect.any(Number),
      statementsDone: 2,
      appliedBy: expect.stringMatching(/^stackctl migrate .+:\d+$/),
      toolVersion: VERSION,
    },
  ]);

  const broken = migration('0002_b', ['create table b (n int)', "insert into b\nvalues ('ä', x)"]);
  const error = await errorOf(first.apply(broken, soon()));
  expect(error).toMatchObject({
    code: 'E_MIGRATION_FAILED',
    details: { migration: '0002_b', statement: 2, statements: 2, committed: 0, sqlstate: '42703' },
  });
  expect(error.message.split('\n')).toEqual([
    'migrations/0002_b.sql:12:14: column "x" does not exist (42703)',
    'Statement 2 of 2 failed: nothing of this file was applied.',
  ]);
  expect(await exists('b')).toBe(false);
  expect(await first.applied()).toHaveLength(1);
});

test('a deferred constraint that fails at the commit leaves neither the file nor its entry', async () => {
  await using first = await locked();
  const statements = [
    'create table p (n int primary key); create table c (n int references p deferrable initially deferred)',
    'insert into c values (1)',
  ];
  expect(await errorOf(first.apply(migration('0003_c', statements), soon()))).toMatchObject({
    code: 'E_MIGRATION_FAILED',
    details: { sqlstate: '23503', committed: 0 },
  });
  expect(await exists('c')).toBe(false);
  expect((await first.applied()).map(({ name }) => name)).not.toContain('0003_c');
});

describe('what a file does to its session', () => {
  const CHANGES = [
    'set role plain',
    'set local role plain',
    'set session authorization plain',
    'set session authorization plain; set role plain',
    'set search_path = lure, pg_catalog',
    `set statement_timeout = '50ms'`,
    `set lock_timeout = '50ms'`,
    'set default_transaction_read_only = on',
    'set session characteristics as transaction read only',
    'set standard_conforming_strings = off',
    `set client_encoding = 'LATIN1'`,
    `set application_name = 'other'`,
    'set row_security = off',
    'set session_replication_role = replica',
    'create temp table migrations (n int)',
    'prepare p as select 1',
    'select pg_advisory_unlock_all()',
  ];
  const ONLY_TRANSACTION = ['set transaction isolation level serializable', `set local statement_timeout = '50ms'`];
  const ONLY_WITHOUT = ['discard all', 'reset all', 'set transaction read only'];
  const cases = [
    ...[...ONLY_TRANSACTION, ...CHANGES].map((change) => ({ change, transactional: true })),
    ...[...CHANGES, ...ONLY_WITHOUT].map((change) => ({ change, transactional: false })),
  ];

  beforeAll(async () => {
    if (FOUND === undefined) return;
    await query(`create role plain; create schema lure;
      create function lure.clock_timestamp() returns timestamptz language sql as $$ select timestamptz 'epoch' $$`);
  });

  test('reaches neither the ledger nor the next file', async () => {
    await using first = await locked();
    for (const [index, { change, transactional }] of cases.entries()) {
      const name = `02${String(index).padStart(2, '0')}_change`;
      const rest = { transactional, lockTimeoutMs: 300 };
      await first.apply(migration(name, change.split('; '), rest), soon());
      await first.apply(migration(`${name}_next`, [`create table next_${index} as select 'a\\b' as text`]), soon());
    }
    const entries = await query(
      `select state, split_part(applied_by, ' ', 2) as by, applied_at > now() - interval '1 hour' as recent
       from stackctl.migrations where name like '02%' group by 1, 2, 3`,
    );
    expect(entries).toEqual([{ state: 'applied', by: 'migrate', recent: true }]);
    const tables = await query(
      `select schemaname as schema, tableowner as owner, count(*)::int from pg_tables where tablename like 'next\\_%' group by 1, 2`,
    );
    expect(tables).toEqual([{ schema: 'public', owner: 'shop_user', count: cases.length }]);
    expect(await query(`select text from next_0`)).toEqual([{ text: 'a\\b' }]);
  });

  test('is still in force for what it defers to the end of its transaction', async () => {
    await using first = await locked();
    const statements = [
      'create table late (by_role text, path text)',
      'grant all on late to plain; grant all on schema lure to plain',
      `create function lure.note() returns trigger language plpgsql as $$ begin
         insert into public.late values (current_user, current_setting('search_path')); return null; end $$`,
      'create table deferring (n int); grant all on deferring to plain',
      `create constraint trigger t after insert on deferring deferrable initially deferred
         for each row execute function lure.note()`,
      'set role plain',
      'set search_path = lure, public',
      'insert into deferring values (1)',
    ];
    await first.apply(migration('0300_late', statements), soon());
    expect(await query('select * from late')).toEqual([{ by_role: 'plain', path: 'lure, public' }]);
  });

  test('is an error with its reason where it keeps the entry out', async () => {
    await using first = await locked();
    const statements = ['create table kept_out (n int)', 'set transaction read only'];
    const error = await errorOf(first.apply(migration('0301_readonly', statements), soon()));
    expect(error).toMatchObject({ code: 'E_MIGRATION_FAILED', hint: expect.stringContaining('transaction=false') });
    expect(error.message).toContain('the file makes its transaction read-only');
    expect(await exists('kept_out')).toBe(false);
  });
});

describe('what server, database and role have set for applications', () => {
  const SET = [
    `alter role shop_user set statement_timeout = '200ms'`,
    `alter role shop_user set lock_timeout = '100ms'`,
    'alter role shop_user set role = plain',
    'alter database shop set default_transaction_read_only = on',
    'alter database shop set standard_conforming_strings = off',
    `alter database shop set client_encoding = 'LATIN1'`,
    `alter role shop_user in database shop set statement_timeout = '100ms'`,
    'alter role shop_user in database shop set session_replication_role = replica',
  ];

  test('binds neither a file nor the ledger, and is named', async () => {
    await query(SET.join(';'));
    try {
      await using first = await locked();
      const lifted = (await first.lifted?.()) ?? [];
      expect(lifted).toEqual([
        'default_transaction_read_only=on (ALTER DATABASE shop)',
        'lock_timeout=100ms (ALTER ROLE shop_user)',
        'role=plain (ALTER ROLE shop_user)',
        'session_replication_role=replica (ALTER ROLE shop_user IN DATABASE shop)',
        'standard_conforming_strings=off (ALTER DATABASE shop)',
        'statement_timeout=100ms (ALTER ROLE shop_user IN DATABASE shop)',
      ]);
      const statements = [`create table unbound as select 'Z\u00fcrich\\' as city from pg_sleep(0.3)`];
      await first.apply(migration('0400_slow', statements), soon());
      // RESET ALL comes back to what the session began with, not to what the role has.
      const later = ['reset all', 'discard all', `create table unbound_too as select 1 as n from pg_sleep(0.3)`];
      await first.apply(migration('0401_reset', later, { transactional: false, lockTimeoutMs: 0 }), soon());
      expect(await query('select city, length(city) from unbound')).toEqual([{ city: 'Z\u00fcrich\\', length: 7 }]);
      // The other sessions of this program have their own limits, and none of those.
      for (const [purpose, limit] of [
        ['probe', '1500ms'],
        ['inspect', '5s'],
        ['count', '1min'],
        ['provision', '0'],
      ] as const) {
        const asked = { ...targetOf(server.input.instance.client, OPTIONS, purpose), applicationName: 'test' };
        const { rows } = await withPostgres(asked, (client) =>
          client.query(`select current_setting('statement_timeout') as limit, current_user as who`),
        );
        expect(rows).toEqual([{ limit, who: 'shop_user' }]);
      }
      expect(await query(`select tableowner from pg_tables where tablename = 'unbound'`)).toEqual([
        { tableowner: 'shop_user' },
      ]);
    } finally {
      await query(
        'alter role shop_user reset all; alter database shop reset all; alter role shop_user in database shop reset all',
      );
    }
  });
});

test('what a file sets does not reach the next one', async () => {
  await using first = await locked();
  const names = ["set search_path = 'pg_catalog'", "set statement_timeout = '1ms'"];
  await first
    .apply(migration('0004_set', names, { transactional: false, lockTimeoutMs: 0 }), soon())
    .catch(() => undefined);
  await first.apply(migration('0005_after', ['create table after_set (n int)', 'select pg_sleep(0.02)']), soon());
  expect(await exists('public.after_set')).toBe(true);
});

test('a file that is no transaction: failure and crash leave what was done, told in the ledger', async () => {
  await using first = await locked();
  const rest = { transactional: false, lockTimeoutMs: 0 };
  const statements = ['create table if not exists d1 (n int)', 'select 1/0', 'create table if not exists d2 (n int)'];
  const error = await errorOf(first.apply(migration('0006_d', statements, rest), soon()));
  expect(error.details).toMatchObject({ statement: 2, committed: 1, sqlstate: '22012' });
  expect(error.message).toContain('Statement 2 of 3 failed: the 1 before it are in effect.');
  expect(await stateOf('0006_d')).toEqual({ state: 'failed', done: 1 });

  // The whole server dies between two statements.
  const dying = first.apply(migration('0006_d', [statements[0] ?? '', 'select pg_sleep(60)'], rest), soon());
  const outcome = dying.catch((thrown: unknown) => thrown);
  await waitFor('the second statement', async () => (await stateOf('0006_d'))?.done === 1 && (await sleeping()));
  await server.end('SIGKILL');
  const told = { code: 'E_MIGRATION_FAILED', hint: expect.stringContaining('stackctl logs') };
  expect(await outcome).toMatchObject(told);
  await server.start();
  await server.ready();
  expect(await stateOf('0006_d')).toEqual({ state: 'running', done: 1 });

  expect(await errorOf(first.applied())).toMatchObject({
    code: 'E_NOT_READY',
    hint: expect.stringContaining('status'),
  });
  // A session of before has lost its lock and must not go on.
  expect(await errorOf(first.apply(migration('0006_d', statements, rest), soon()))).toMatchObject({ code: 'E_LOCKED' });

  await using second = await locked();
  await second.apply(migration('0006_d', ['create table if not exists d2 (n int)'], rest), soon());
  expect(await stateOf('0006_d')).toEqual({ state: 'applied', done: 1 });
});

test('an index is built concurrently while another run waits for its turn', async () => {
  await query('create table big as select n from generate_series(1, 50000) n');
  await using first = await locked();
  await using second = await session();
  const waiting: string[] = [];
  const turn = second.lock(soon(), (holder) => waiting.push(holder));
  await waitFor('the other one to wait', () => waiting.length > 0);
  expect(waiting[0]).toMatch(/^stackctl migrate .+:\d+ \(pid \d+, from 127\.0\.0\.1, since [\d:]+ UTC\)$/);
  const index = migration('0007_index', ['create index concurrently big_n on big (n)'], {
    transactional: false,
    lockTimeoutMs: 0,
  });
  await first.apply(index, soon());
  await first.close();
  await turn;
  expect((await second.applied()).map(({ name }) => name)).toContain('0007_index');
});

test('who is in the way of a lock is named, and so is the holder of the migration lock', async () => {
  await using first = await locked();
  await using second = await session();
  const error = await errorOf(second.lock(AbortSignal.timeout(300), () => undefined));
  expect(error).toMatchObject({ code: 'E_LOCKED', message: expect.stringContaining('stackctl migrate') });

  await query('create table busy (n int)');
  await withPostgres({ ...target, applicationName: 'nightly report' }, async (client) => {
    await client.query('begin; select * from public.busy');
    const blocked = await errorOf(
      first.apply(migration('0008_busy', ['alter table busy add m int'], { lockTimeoutMs: 600 }), soon()),
    );
    expect(blocked).toMatchObject({ code: 'E_MIGRATION_BLOCKED', details: { sqlstate: '55P03' } });
    expect(blocked.message).toMatch(/held by pid \d+ \(nightly report, idle in transaction: BEGIN\)/);
    await client.query(`create role busy_role password 'hunter2'`);
    const again = await errorOf(
      first.apply(migration('0008_busy', ['alter table busy add m int'], { lockTimeoutMs: 600 }), soon()),
    );
    expect(again.message).toMatch(/held by pid \d+ \(nightly report, idle in transaction: CREATE ROLE\)/);
    expect(JSON.stringify([again.message, again.details])).not.toContain('hunter2');
    await client.query('rollback');
  });
  await first.apply(migration('0008_busy', ['alter table busy add m int']), soon());
});

test('an interrupt cancels the statement that runs', async () => {
  await using first = await locked();
  const stopping = new AbortController();
  const running = first.apply(
    migration('0009_long', ['create table long (n int)', 'select pg_sleep(60)']),
    stopping.signal,
  );
  const outcome = running.catch((thrown: unknown) => thrown);
  await waitFor('the statement', sleeping);
  stopping.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
  expect(await outcome).toMatchObject({ code: 'E_INTERRUPTED' });
  expect(await exists('long')).toBe(false);
});

test('a server that answers nothing is left soon after an interrupt', async () => {
  await using first = await locked();
  const stopping = new AbortController();
  const slow = migration('0011_slow', ['select pg_sleep(60)']);
  const outcome = first.apply(slow, stopping.signal).catch((thrown: unknown) => thrown);
  await waitFor('the statement', sleeping);
  const backends = await query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name like 'stackctl migrate%'`,
  );
  expect(backends).toHaveLength(2);
  for (const { pid } of backends) process.kill(pid, 'SIGSTOP');
  try {
    stopping.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
    // It comes while they are still stopped.
    expect(await outcome).toMatchObject({ code: 'E_INTERRUPTED' });
  } finally {
    for (const { pid } of backends) process.kill(pid, 'SIGCONT');
  }
});

test('a database in which nothing can be recorded is no defect of this program', async () => {
  await query('alter table stackctl.migrations rename to entries');
  await query(
    'create view stackctl.migrations as select * from stackctl.entries union all select * from stackctl.entries',
  );
  try {
    await using first = await locked();
    expect(await errorOf(first.apply(migration('0012_view', ['select 1']), soon()))).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(/^migrations\/0012_view\.sql: the record of the migrations/),
      hint: expect.stringContaining('shop_user'),
    });
  } finally {
    await query('drop view stackctl.migrations');
    await query('alter table stackctl.entries rename to migrations');
  }
});

test('what the server lacks, and a file that is left out because of it', async () => {
  await using first = await locked();
  expect(await first.missing('pg>=12')).toBeUndefined();
  expect(await first.missing('pg>=99')).toMatch(/^the server is PostgreSQL \d+/);
  expect(await first.missing('timescaledb')).toMatch(/TimescaleDB extension (not found|was not created)/);
  await expect(first.missing('mysql')).rejects.toThrow('no requirement: mysql');
  await first.apply(migration('0010_out', [], { unavailable: 'no such thing' }), soon());
  expect(await stateOf('0010_out')).toEqual({ state: 'unavailable', done: 0 });
  await first.apply(migration('0010_out', ['select 1']), soon());
  expect(await stateOf('0010_out')).toEqual({ state: 'applied', done: 1 });
  // What is applied is never replaced.
  const again = first.apply(migration('0010_out', ['select 1'], { unavailable: 'no such thing' }), soon());
  expect(await errorOf(again)).toMatchObject({ code: 'E_LOCKED' });
  expect(await stateOf('0010_out')).toEqual({ state: 'applied', done: 1 });
});

test('the ledgers of other tools say what is in effect, in whatever schema they are', async () => {
  await query(`
    create schema old;
    create table public.schema_migrations (version varchar primary key);
    insert into public.schema_migrations values ('20260105'), ('20260106');
    create table old.schema_migrations (version bigint primary key, dirty boolean not null);
    insert into old.schema_migrations values (7, true);
    create table public.goose_db_version (id int primary key, version_id bigint, is_applied boolean, tstamp timestamp);
    insert into public.goose_db_version values (1, 0, true), (2, 1, true), (3, 2, true), (4, 2, false), (5, 3, true);
    create table old.flyway_schema_history (installed_rank int primary key, version varchar, type varchar, success boolean);
    insert into old.flyway_schema_history values (1, '1', 'BASELINE', true), (2, '1.1', 'SQL', true),
      (3, '2', 'SQL', true), (4, '2', 'UNDO_SQL', true), (5, null, 'SQL', true), (6, '3', 'SQL', false);
    create table public.gorp_migrations (id text primary key, applied_at timestamptz);
    insert into public.gorp_migrations values ('0001_tags.sql')`);
  try {
    const found = await kind.migrator?.foreignLedgers?.(server.service);
    expect(found?.map((ledger) => ({ ...ledger, applied: ledger.applied.toSorted() }))).toEqual([
      { tool: 'flyway', table: 'old.flyway_schema_history', applied: ['1.1'], upTo: '1', unfinished: '3' },
      { tool: 'golang-migrate', table: 'old.schema_migrations', applied: [], unfinished: '7' },
      { tool: 'goose', table: 'public.goose_db_version', applied: ['1', '3'] },
      { tool: 'sql-migrate', table: 'public.gorp_migrations', applied: ['0001_tags.sql'] },
      { tool: 'dbmate', table: 'public.schema_migrations', applied: ['20260105', '20260106'] },
    ]);
  } finally {
    await query('drop schema old cascade; drop table schema_migrations, goose_db_version, gorp_migrations');
  }
});

async function stateOf(name: string): Promise<{ state: string; done: number } | undefined> {
  return (
    await query<{ state: string; done: number }>(
      `select state, statements_done as done from stackctl.migrations where name = '${name}'`,
    )
  )[0];
}

async function sleeping(): Promise<boolean> {
  return (await query(`select 1 from pg_stat_activity where wait_event = 'PgSleep'`)).length > 0;
}
