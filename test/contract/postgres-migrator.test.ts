import { afterAll, beforeAll, expect, test as it } from 'vitest';
import { type PostgresTarget, withPostgres } from '../../src/clients/postgres/connect.ts';
import { connectMigrator } from '../../src/clients/postgres/migrator.ts';
import { targetOf } from '../../src/clients/postgres/options.ts';
import { StackctlError } from '../../src/errors.ts';
import { kind } from '../../src/kinds/postgres/index.ts';
import type { PostgresOptions } from '../../src/kinds/postgres/options.ts';
import { features } from '../../src/kinds/timescaledb/migrator.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { MigrationSession, PendingMigration } from '../../src/stack/migrate.ts';
import { installation, type PostgresServer, postgresServer } from '../support/postgres-server.ts';
import { errorOf } from '../support/stack-fixtures.ts';
import { waitFor } from '../support/wait-for.ts';

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
  target = targetOf(server.input.instance.client, OPTIONS, { timeoutMs: 2000, applicationName: 'stackctl migrate' });
});

afterAll(() => server?.[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(15_000);

async function session(): Promise<MigrationSession & AsyncDisposable> {
  const opened = await connectMigrator(target, features, soon());
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}

/** One that has the lock. */
async function locked(): Promise<MigrationSession & AsyncDisposable> {
  const opened = await session();
  await opened.lock(soon(), () => undefined);
  return opened;
}

function query<Row>(sql: string): Promise<readonly Row[]> {
  return withPostgres({ ...target, applicationName: 'test' }, async (client) => (await client.query(sql)).rows);
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
    await client.query('begin; select * from busy');
    const blocked = await errorOf(
      first.apply(migration('0008_busy', ['alter table busy add m int'], { lockTimeoutMs: 600 }), soon()),
    );
    expect(blocked).toMatchObject({ code: 'E_MIGRATION_BLOCKED', details: { sqlstate: '55P03' } });
    expect(blocked.message).toMatch(
      /held by pid \d+ \(nightly report, idle in transaction: begin; select \* from busy\)/,
    );
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
    const before = performance.now();
    stopping.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
    expect(await outcome).toMatchObject({ code: 'E_INTERRUPTED' });
    expect(performance.now() - before).toBeLessThan(4000);
  } finally {
    for (const { pid } of backends) process.kill(pid, 'SIGCONT');
  }
});

test('a database in which nothing can be recorded is no defect of this program', async () => {
  await query('alter database shop set default_transaction_read_only = on');
  try {
    await using first = await locked();
    expect(await errorOf(first.apply(migration('0012_readonly', ['select 1']), soon()))).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(/^migrations\/0012_readonly\.sql: .*read-only transaction \(25006\)/),
      hint: expect.stringContaining('shop_user'),
    });
  } finally {
    await withPostgres({ ...target, applicationName: 'test' }, async (client) => {
      await client.query('set default_transaction_read_only = off');
      await client.query('alter database shop reset default_transaction_read_only');
    });
  }
});

test('20 races of two runs: each file is applied once', async () => {
  await query('create table race (n int)');
  const runOne = async (name: string): Promise<void> => {
    await using mine = await session();
    await mine.lock(soon(), () => undefined);
    if ((await mine.applied()).some((entry) => entry.name === name)) return;
    await mine.apply(migration(name, [`insert into race values (${Number(name)})`]), soon());
  };
  for (let round = 1; round <= 20; round++) await Promise.all([runOne(String(round)), runOne(String(round))]);
  expect(await query('select count(*)::int as rows, count(distinct n)::int as files from race')).toEqual([
    { rows: 20, files: 20 },
  ]);
});

test('what the server lacks, and a file that is left out because of it', async () => {
  await using first = await locked();
  expect(await first.missing('pg>=12')).toBeUndefined();
  expect(await first.missing('pg>=99')).toMatch(/^the server is PostgreSQL \d+/);
  expect(await first.missing('timescaledb')).toMatch(/TimescaleDB extension (not found|was not created)/);
  expect(await first.missing('mysql')).toBe('unknown requirement "mysql" (known: pg>=N, timescaledb, timescaledb-tsl)');
  await first.apply(migration('0010_out', ['select broken'], { unavailable: 'no such thing' }), soon());
  expect(await stateOf('0010_out')).toEqual({ state: 'unavailable', done: 0 });
  await first.apply(migration('0010_out', ['select 1']), soon());
  expect(await stateOf('0010_out')).toEqual({ state: 'applied', done: 1 });
  // What is applied is never replaced.
  const again = first.apply(migration('0010_out', ['select 1'], { unavailable: 'no such thing' }), soon());
  expect(await errorOf(again)).toMatchObject({ code: 'E_LOCKED' });
  expect(await stateOf('0010_out')).toEqual({ state: 'applied', done: 1 });
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
