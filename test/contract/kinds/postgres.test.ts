import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withPostgres } from '../../../src/clients/postgres/connect.ts';
import { targetOf } from '../../../src/kinds/_shared/postgres/options.ts';
import { kind as postgres } from '../../../src/kinds/postgres/index.ts';
import type { PostgresOptions } from '../../../src/kinds/postgres/options.ts';
import { kind as timescaledb } from '../../../src/kinds/timescaledb/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { Probe } from '../../../src/stack/contract/probe.ts';
import { foundIds } from '../../support/found-ids.ts';
import {
  type Installation,
  installation,
  installationWithout,
  type PostgresServer,
  postgresServer,
} from '../../support/postgres-server.ts';
import { folderOf } from '../../support/stack-fixtures.ts';
import { patience, waitFor } from '../../support/wait-for.ts';

const FOUND = { without: installation(false), timescale: installation(true) };
const NONE: Installation = { postgres: 'none', hasTimescale: false };
/** Where the extension does not matter. */
const ANY = FOUND.without ?? FOUND.timescale ?? NONE;
const TIMESCALE = FOUND.timescale ?? NONE;
const withAny = test.skipIf(ANY === NONE);
const withoutTimescale = test.skipIf(FOUND.without === undefined);
const withTimescale = test.skipIf(FOUND.timescale === undefined);
const OPTIONS = { database: 'analytics', user: 'analytics_user', password: new Secret(`it's "p4ss\\`) };

function query<Row>(server: PostgresServer<typeof OPTIONS & object>, sql: string): Promise<readonly Row[]> {
  const target = targetOf(server.input.instance.client, OPTIONS, 'provision');
  return withPostgres({ ...target, applicationName: 'test' }, async (client) => (await client.query(sql)).rows);
}

withAny('makes a cluster as root in a folder that only root can enter, serves it, and stops in order', async () => {
  await using server = await postgresServer({
    kind: postgres,
    options: OPTIONS,
    installation: ANY,
  });
  await server.start();
  const probe = await server.ready();
  expect(probe).toMatchObject({ role: 'primary', reasons: [], facts: { connections: expect.any(Number) } });
  expect(probe.facts.version).toMatch(/^\d+\.\d+$/);
  expect(probe.facts.databaseSizeBytes).toBeGreaterThan(1e6);
  expect(
    await query(server, 'select current_user, current_database(), current_setting($$lc_collate$$, true)'),
  ).toMatchObject([{ current_user: 'analytics_user', current_database: 'analytics' }]);
  // The supervised process is the server itself: no shell, no unshare in between.
  expect(readFileSync(`/proc/${server.child().pid}/comm`, 'utf8').trim()).toBe('postgres');
  expect(statSync(join(server.data, 'pgdata')).mode & 0o777).toBe(0o700);
  expect(execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })).not.toContain('p4ss');
  expect(await server.log()).not.toContain('p4ss');

  const held = query(server, 'select pg_sleep(30)').catch((error: Error) => error.message);
  await waitFor(
    'the sleep',
    async () => (await query(server, `select 1 from pg_stat_activity where wait_event = 'PgSleep'`)).length > 0,
  );
  expect(await server.end('SIGINT')).toEqual({ code: 0, signal: null });
  expect(await held).toMatch(/terminating connection|closed/);
  expect(await server.log()).toContain('database system is shut down');
  expect((await server.probe()).reasons).toEqual(['no answer: connection refused']);
});

describe.skipIf(ANY === NONE)('a server that runs', () => {
  let server: PostgresServer<PostgresOptions>;

  beforeAll(async () => {
    server = await postgresServer({ kind: postgres, options: OPTIONS, installation: ANY });
    await server.start();
    await server.ready();
  });

  afterAll(() => server?.[Symbol.asyncDispose]());

  test('comes back after SIGKILL with what it acknowledged, whoever has the old pid now', async () => {
    const stranger = await kindProbe(server, { ...OPTIONS, password: new Secret('another') });
    expect(stranger.reasons[0]).toMatch(
      /password authentication failed .*\(28P01\); the data was made with other credentials/,
    );
    await query(server, 'create table t (n int); insert into t values (1)');
    await server.end('SIGKILL');
    const lockFile = join(server.data, 'pgdata/postmaster.pid');
    const lines = readFileSync(lockFile, 'utf8').split('\n');
    await writeFile(lockFile, [String(process.pid), ...lines.slice(1)].join('\n'));
    await server.start();
    await server.ready();
    expect(await query(server, 'select n from t')).toEqual([{ n: 1 }]);
  });

  test('a second server never works in the folder of one that lives', async () => {
    const first = server.child().pid;
    const spec = postgres.process(server.input, {
      binaries: { postgres: ANY.postgres },
      config: join(server.folder, 'rendered/db-1'),
      data: server.data,
    });
    const [program, ...rest] = spec.argv;
    const { status, stderr } = spawnSync(program, rest, {
      env: { PATH: process.env.PATH, ...spec.environment },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`another server works in .*pgdata: pid .*${first}`));
    expect((await server.probe()).reasons).toEqual([]);
  });

  test('a frozen server is not ready, and says so soon', async () => {
    process.kill(server.child().pid ?? 0, 'SIGSTOP');
    expect((await server.probe()).reasons).toEqual(['no answer: no reply within 1500 ms']);
    process.kill(server.child().pid ?? 0, 'SIGCONT');
    expect((await server.probe()).reasons).toEqual([]);
  });
});

withAny('what an interrupted initdb left behind is made anew', async () => {
  await using server = await postgresServer({
    kind: postgres,
    options: OPTIONS,
    installation: ANY,
  });
  await mkdir(join(server.data, 'pgdata.new/base'), { recursive: true });
  await writeFile(join(server.data, 'pgdata.new/PG_VERSION'), '15\n');
  await server.start();
  await waitFor('initdb at work', async () => existsSync(join(server.data, 'pgdata.new/global')));
  process.kill(-(server.child().pid ?? 0), 'SIGKILL');
  await server.end('SIGKILL');
  expect(existsSync(join(server.data, 'pgdata'))).toBe(false);
  await server.start();
  await server.ready();
  expect(existsSync(join(server.data, 'pgdata.new'))).toBe(false);
});

withAny(
  'names in SQL are quoted: database, user, table and column are exactly what is written, or refused',
  async () => {
    const options = { database: 'App-1', user: 'Select', password: new Secret('x') };
    await using server = await postgresServer({ kind: postgres, options, installation: ANY });
    await server.start();
    await server.ready();
    const { port } = server.input.instance.client;
    const psql = (sql: string): string =>
      execFileSync('psql', ['-XAt', '-v', 'ON_ERROR_STOP=1', '-c', sql], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        env: {
          PATH: process.env.PATH,
          PGHOST: '127.0.0.1',
          PGPORT: String(port),
          PGUSER: 'Select',
          PGPASSWORD: 'x',
          PGDATABASE: 'App-1',
        },
      }).trim();
    expect(psql('select current_database(), current_user')).toBe('App-1|Select');
    const long = 'x'.repeat(70);
    psql(`create table "Order" ("orderId" uuid, "order" varchar(20)); create table orders (id text, n numeric);
    create schema sales; create table sales."Order" (id char(36)); create table "sales.Order" ("a.b" text);
    create domain ident as varchar(36); create table "5"" disk" ("select" ident); create table ${long} (id text);
    create view "Überblick" as select * from orders; create index "Index" on orders (id)`);
    const run = { runId: 'a1b2c3d4-e5f6', oldestMs: 0, fields: ['orderId', 'm'], signal: patience() };
    const id = eventId(run.runId, 1);
    const { store } = postgres.traffic ?? {};
    const check = async (table: string, idColumn: string) =>
      (await store?.check?.(server.service, { table, idColumn }, run))?.map(({ path, message }) => [
        path.join('.'),
        message,
      ]);
    for (const [table, idColumn, sqlTable, sqlColumn] of [
      ['Order', 'orderId', '"Order"', '"orderId"'],
      ['"Order"', '"orderId"', '"Order"', '"orderId"'],
      ['orders', 'id', 'orders', 'id'],
      ['sales.Order', 'id', 'sales."Order"', 'id'],
      ['"sales.Order"', '"a.b"', '"sales.Order"', '"a.b"'],
      ['"5"" disk"', 'select', '"5"" disk"', '"select"'],
      [long, 'id', long, 'id'],
    ] as const) {
      psql(`truncate ${sqlTable}; insert into ${sqlTable} (${sqlColumn}) values ('${id}')`);
      expect(await check(table, idColumn), table).toEqual([]);
      const opened = await store?.open(server.service, { table, idColumn }, run);
      expect(foundIds(run.runId, await opened?.read(run.signal)), table).toEqual([id]);
      expect(await opened?.count(run.signal), table).toBe(1);
    }
    // More than one part of the reading.
    const idOf = `('${run.runId}-8000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
    psql(`create table many (id uuid); insert into many select ${idOf} from generate_series(0, 45000) n`);
    const many = await store?.open(server.service, { table: 'many', idColumn: 'id' }, run);
    const reading = await many?.read(run.signal);
    expect([reading?.found.total, [...(reading?.found.from(44_999) ?? [])]]).toEqual([45_001, [44_999, 45_000]]);
    await expect(
      store?.open(server.service, { table: 'none', idColumn: 'id' }, run).then((one) => one.read(run.signal)),
    ).rejects.toThrow('none');
    expect(await check('Überblick', 'id')).toEqual([]);
    const { sink } = postgres.traffic ?? {};
    const fields = async (table: string, ...names: readonly string[]) =>
      (await sink?.check?.(server.service, { table }, { ...run, fields: names }))?.map(({ message }) => message);
    expect(await fields('orders', 'id', 'n')).toEqual([]);
    expect(await fields('orders', 'id', 'N')).toEqual([
      'the table orders has no column N for that field of the body; names are taken exactly as they are written: did you mean n?',
    ]);
    expect(await fields('Index', 'id')).toEqual(['Index is no table that COPY can write to']);
    const exactly = 'names are taken exactly as they are written';
    for (const [table, idColumn, where, message] of [
      [
        'order',
        'orderId',
        'table',
        `the database App-1 has no table order; ${exactly}: did you mean Order or sales.Order or orders?`,
      ],
      ['Orders', 'id', 'table', `the database App-1 has no table Orders; ${exactly}: did you mean orders or Order?`],
      ['sale.Order', 'id', 'table', expect.stringContaining('did you mean Order or sales.Order')],
      ['Index', 'id', 'table', 'Index is no table and no view'],
      [
        'Order',
        'orderid',
        'idColumn',
        `the table Order has no column orderid; ${exactly}: did you mean orderId or order?`,
      ],
      ['orders', 'n', 'idColumn', expect.stringContaining('the column n is numeric and cannot hold the id')],
      [
        'Order',
        'order',
        'idColumn',
        expect.stringContaining('the column order is character varying(20) and cannot hold'),
      ],
      ['orders; drop table orders', 'id', 'table', expect.stringContaining('has no table orders; drop table orders')],
    ] as const) {
      expect(await check(table, idColumn)).toEqual([[where, message]]);
    }
  },
);

withTimescale('TimescaleDB: the extension is made, and version and edition are told', async () => {
  await using server = await postgresServer({
    kind: timescaledb,
    options: OPTIONS,
    installation: TIMESCALE,
  });
  await server.start();
  const probe = await server.ready();
  expect(probe.degraded).toBeUndefined();
  expect(probe.facts).toMatchObject({ edition: 'apache', extensionVersion: expect.stringMatching(/^2\./) });
  expect(await query(server, 'show timescaledb.telemetry_level')).toEqual([{ 'timescaledb.telemetry_level': 'off' }]);
  await query(
    server,
    `create table events (time timestamptz not null, v int); select create_hypertable('events', 'time');
    insert into events values (now(), 1), (now() - interval '30 days', 2)`,
  );
  const view = async (name: string) => {
    const found = timescaledb.inspector?.views.find((candidate) => candidate.name === name);
    return found?.read(server.service, patience());
  };
  const [{ bytes }] = (await query(server, "select hypertable_size('events')::int as bytes")) as [{ bytes: number }];
  expect((await view('hypertables'))?.rows).toEqual([
    ['public.events', 2, bytes, expect.any(Number), false, 604_800, null],
  ]);
  expect((await view('chunks'))?.rows).toHaveLength(2);
  // The one job that this edition has fails soon after the extension was made.
  const failedJob = await waitFor('the failed job', async () => {
    const jobs = await view('jobs');
    return jobs?.rows.some((cells) => cells.includes('Failed')) === true && jobs;
  });
  const errors = await query(server, 'select err_message from timescaledb_information.job_errors');
  expect(failedJob.rows[0]?.at(-1)).toBe((errors[0] as { err_message: string }).err_message);
  expect(failedJob.notes).toEqual([expect.stringMatching(/^In the Apache edition policy_job_stat_history_retention/)]);
  expect(await view('compression')).toMatchObject({ rows: [], notes: ['not available in the Apache edition'] });
  for (const { name, read } of timescaledb.inspector?.views ?? []) {
    const result = await read(server.service, patience());
    expect(
      result.rows.every((cells) => cells.length === result.columns.length),
      name,
    ).toBe(true);
  }
});

/**
 * Path of a `postgres` with the Timescale edition, for who has one. It is no package of a distribution, so that no test can
 * ask for it: there is one test more where the variable is set.
 */
const { STACKCTL_TEST_TIMESCALE_EDITION } = process.env;
const TIMESCALE_EDITIONS = STACKCTL_TEST_TIMESCALE_EDITION === undefined ? [] : [STACKCTL_TEST_TIMESCALE_EDITION];

test.each(TIMESCALE_EDITIONS)(
  'the Timescale edition (%s): sizes are those of the extension, and a failed job tells its own error',
  async (postgres) => {
    await using server = await postgresServer({
      kind: timescaledb,
      options: OPTIONS,
      installation: { postgres, hasTimescale: true },
    });
    await server.start();
    expect((await server.ready()).facts).toMatchObject({ edition: 'timescale' });
    const statements = [
      `create table "Events" ("at" timestamptz not null, v int, t text)`,
      `select create_hypertable('"Events"', 'at', chunk_time_interval => interval '1 day')`,
      `insert into "Events" select now() - i * interval '1 minute', i, repeat(md5(i::text), 100) from generate_series(1, 9000) i`,
      `alter table "Events" set (timescaledb.compress)`,
      `select compress_chunk(c) from show_chunks('"Events"', older_than => interval '2 days') c`,
      `create materialized view hourly with (timescaledb.continuous) as
         select time_bucket('1 hour', at) as hour, count(*) from "Events" group by 1`,
      `create procedure fails(job_id int, config jsonb) language plpgsql as $$ begin raise exception 'no %', config; end $$`,
      `select add_job('fails', '1h', config => '{"luck": 1}', initial_start => now())`,
    ];
    for (const statement of statements) await query(server, statement);
    const view = async (name: string) => {
      const found = timescaledb.inspector?.views.find((candidate) => candidate.name === name);
      const result = await found?.read(server.service, patience());
      const { columns = [], rows = [] } = result ?? {};
      const asRecord = (cells: readonly unknown[]) =>
        Object.fromEntries(columns.map((column, at) => [column, cells[at]]));
      return { rows: rows.map(asRecord), notes: result?.notes };
    };
    const [sizes] = (await query(
      server,
      `select hypertable_size('"Events"')::int as "Events",
              (select hypertable_size(format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass)::int
               from timescaledb_information.continuous_aggregates) as hourly`,
    )) as [Readonly<Record<string, number>>];
    const hypertables = await view('hypertables');
    expect(
      hypertables.rows.map(({ hypertable, continuousAggregate: of, totalBytes }) => [of ?? hypertable, totalBytes]),
    ).toEqual([
      ['public."Events"', sizes.Events],
      ['public.hourly', sizes.hourly],
    ]);
    const chunks = await query(
      server,
      `select format('%I.%I', chunk_schema, chunk_name) as chunk, total_bytes::int as "totalBytes" from chunks_detailed_size('"Events"')`,
    );
    const seen = (await view('chunks')).rows.map(({ chunk, totalBytes }) => ({ chunk, totalBytes }));
    expect(seen).toEqual(expect.arrayContaining([...chunks]));
    const [packed] = (await view('compression')).rows;
    const [stats] = (await query(
      server,
      `select number_compressed_chunks::int as "compressedChunks", before_compression_total_bytes::int as "beforeCompressionBytes",
              after_compression_total_bytes::int as after from hypertable_compression_stats('"Events"')`,
    )) as [Readonly<Record<string, number>>];
    expect(packed).toMatchObject({
      compressedChunks: stats.compressedChunks,
      beforeCompressionBytes: stats.beforeCompressionBytes,
    });
    expect(Number(packed?.compressedBytes)).toBeGreaterThanOrEqual(stats.after ?? Number.POSITIVE_INFINITY);
    const jobs = await waitFor('the failed job', async () => {
      const found = await view('jobs');
      return found.rows.some(({ procedure, lastStatus }) => procedure === 'fails' && lastStatus === 'Failed') && found;
    });
    expect(jobs.rows.find(({ procedure }) => procedure === 'fails')).toMatchObject({
      lastErrorCode: 'P0001',
      lastError: 'no {"luck": 1}',
    });
    expect(jobs.notes).toBeUndefined();
  },
);

withTimescale(
  'TimescaleDB that is installed while the server runs asks for one more start, and then it is there',
  async () => {
    await using folder = await folderOf({});
    const late = await installationWithout(TIMESCALE, folder.path);
    await using server = await postgresServer({ kind: timescaledb, options: OPTIONS, installation: late });
    const { input, service } = server;
    const soon = patience;
    const missing = async () => {
      const session = await timescaledb.migrator?.connect(service, soon());
      const reason = await session?.missing('timescaledb');
      await session?.close();
      return reason;
    };
    await server.start();
    expect((await server.ready()).degraded).toEqual([expect.stringContaining('not found')]);
    expect(await timescaledb.staleSince?.(input, soon())).toBeUndefined();

    await late.install();
    const why = expect.stringMatching(/^TimescaleDB was installed after this server was started, .*stackctl up/);
    expect(await missing()).toEqual(why);
    // Nothing of that is an error: the server serves, and a declaration that it cannot fulfil now waits.
    expect(await server.ready()).toMatchObject({ reasons: [], degraded: [why] });
    expect(await timescaledb.staleSince?.(input, soon())).toMatch(/^TimescaleDB was installed after/);

    await server.end('SIGINT');
    await server.start();
    const ready = await server.ready();
    expect(ready.facts).toMatchObject({ extensionVersion: expect.stringMatching(/^2\./) });
    expect(await missing()).toBeUndefined();
    expect(await timescaledb.staleSince?.(input, soon())).toBeUndefined();
  },
);

withoutTimescale(
  'without the extension a server that only prefers it is degraded, and one that requires it does not start',
  async () => {
    await using server = await postgresServer({
      kind: timescaledb,
      options: OPTIONS,
      installation: ANY,
    });
    await server.start();
    const probe = await server.ready();
    expect(probe.degraded).toEqual([
      expect.stringMatching(/^TimescaleDB extension not found .*: install .*timescaledb-2-postgresql-\d+/),
    ]);
    expect(probe.facts).toMatchObject({ edition: null, extensionVersion: null });

    await using strict = await postgresServer({
      kind: timescaledb,
      options: { ...OPTIONS, timescale: 'required' },
      installation: ANY,
    });
    await strict.start();
    await waitFor('the end', async () => strict.child().exitCode !== null);
    expect(strict.child().exitCode).toBe(1);
    expect(await strict.log()).toMatch(
      /timescaledb is required, and postgres \(PostgreSQL\) (\d+).* does not have it: install timescaledb-2-postgresql-\1 /,
    );
  },
);

withAny(
  'without user namespaces root becomes another user where that one can enter, and says why where it cannot',
  async () => {
    await using tools = await folderOf({ unshare: '#!/bin/sh\nexit 1\n' });
    await chmod(join(tools.path, 'unshare'), 0o755);
    await using server = await postgresServer({
      kind: postgres,
      options: OPTIONS,
      installation: ANY,
      environment: { PATH: `${tools.path}:${process.env.PATH}` },
    });
    if (process.getuid?.() !== 0) return;
    await server.start();
    await waitFor('the end', async () => server.child().exitCode !== null);
    expect(await server.log()).toMatch(
      /user namespaces are not available, and the user (postgres|nobody) cannot enter/,
    );
    await chmod(server.folder, 0o755);
    await server.start();
    await server.ready();
    expect(statSync(`/proc/${server.child().pid}`).uid).not.toBe(0);
    await server.end('SIGINT');

    // What that user made is taken over when there are user namespaces again.
    await writeFile(join(tools.path, 'unshare'), '#!/bin/sh\nexec /usr/bin/unshare "$@"\n');
    await server.start();
    await server.ready();
    expect(statSync(join(server.data, 'pgdata')).uid).toBe(0);
  },
);

function kindProbe(server: PostgresServer<PostgresOptions>, options: Partial<PostgresOptions>): Promise<Probe> {
  const { input } = server;
  const service = { ...input.service, options: { ...input.service.options, ...options } };
  return postgres.probe({ ...input, service }, patience());
}
