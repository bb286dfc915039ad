import { describe, expect } from 'vitest';
import { withPostgres } from '../../../src/clients/postgres/connect.ts';
import { kind as postgres } from '../../../src/kinds/postgres/index.ts';
import { kind as timescaledb } from '../../../src/kinds/timescaledb/index.ts';
import { shadowComment, shadowName } from '../../../src/lib/shadow-name.ts';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import type { PendingMigration, Shadow } from '../../../src/stack/contract/migrate.ts';
import type { ServiceInput } from '../../../src/stack/contract/model.ts';
import { postgresForTests } from '../../support/postgres-for-tests.ts';
import { installation } from '../../support/postgres-server.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

const soon = () => AbortSignal.timeout(60_000);

describe.each([
  { kind: postgres, found: installation(false) },
  { kind: timescaledb, found: installation(true) },
])('a shadow database of $kind.name', ({ kind, found }) => {
  const { test, server, target } = postgresForTests({ kind: kind as Kind<never>, found });

  const rows = <Row>(sql: string): Promise<readonly Row[]> =>
    withPostgres(target(), async (client) => (await client.query(sql)).rows);
  const shadows = async () =>
    (
      await rows<{ name: string }>(
        "select datname as name from pg_database where starts_with(datname::text, 'stackctl_shadow_')",
      )
    ).map(({ name }) => name);
  const open = (input: ServiceInput<never> = server().service): Promise<Shadow> => {
    if (kind.migrator?.shadow === undefined) throw new Error('no shadow');
    return kind.migrator.shadow(input, soon());
  };

  test('is empty, takes files, has what `up` makes, and is gone afterwards', async () => {
    await rows('create table live (n int)');
    const shadow = await open();
    const { session } = shadow;
    expect(await shadows()).toEqual([shadow.database]);
    const before = await session.dump?.(soon());
    expect(before?.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'settings ',
      ...(kind === timescaledb ? ['extension timescaledb'] : []),
    ]);
    await session.lock(soon(), () => undefined);
    const notices: string[] = [];
    const statements = [
      'create table made (n int check (n > 0))',
      'create role of_shadow',
      'alter database shop set work_mem = 1',
      ...(kind === timescaledb
        ? ['create table h (t timestamptz not null)', "select create_hypertable('h', 't')"]
        : []),
    ];
    await session.apply(migration(statements), soon(), { onNotice: (notice) => notices.push(notice) });
    expect(notices.filter((notice) => notice.includes('shadow'))).toEqual([
      'migrations/0001_made.sql:2: left out of the shadow database: CREATE ROLE concerns the whole server',
      'migrations/0001_made.sql:3: left out of the shadow database: ALTER DATABASE concerns the whole server',
    ]);
    expect((await session.dump?.(soon()))?.map(({ name }) => name)).toContain('public.made');
    const linked = ['create table kept (n int)', "select dblink_exec('dbname=shop', 'insert into live values (1)')"];
    expect(await errorOf(session.apply({ ...migration(linked), name: '0002_far' }, soon()))).toMatchObject({
      code: 'E_MIGRATION_UNAVAILABLE',
      message: expect.stringContaining(
        ':2:1: dblink_exec() reaches another database: it cannot run in a shadow database',
      ),
    });
    expect((await session.dump?.(soon()))?.map(({ name }) => name)).not.toContain('public.kept');
    expect(
      await session.check?.(
        [
          statement('select true', 1),
          statement('select n > 5 as large from (values (9), (1)) v (n)', 2),
          statement('select 1 where false', 3),
          statement('create table x ()', 4),
          statement('select nothing', 5),
        ],
        soon(),
      ),
    ).toEqual([
      undefined,
      'gives false in large, row 2 of 2',
      'gives no row',
      'cannot execute CREATE TABLE in a read-only transaction (25006)',
      'column "nothing" does not exist (42703)',
    ]);
    expect(await rows("select from pg_roles where rolname = 'of_shadow'")).toEqual([]);
    await shadow.drop();
    expect(await shadows()).toEqual([]);
    expect(await rows('select from live')).toEqual([]);
  });

  test('the next run drops what a killed run has left, and nothing that is in use', async () => {
    const used = await open();
    const killed = shadowName(new Date());
    const mark = shadowComment(new Date()).replace(/"started":"[^"]*"/, '"started":"0@before"');
    await rows(`create database ${killed}`);
    await rows(`comment on database ${killed} is '${mark}'`);
    const nameless = shadowName(new Date(Date.now() - 120_000));
    await rows(`create database ${nameless}`);
    const next = await open();
    expect((await shadows()).toSorted()).toEqual([used.database, next.database].toSorted());
    await Promise.all([used.drop(), next.drop()]);
    expect(await shadows()).toEqual([]);
  });

  test('what only a superuser may create has to come from template1', async () => {
    await rows("create role maker login createdb password 'secret'");
    await rows('create extension pageinspect');
    const { service } = server().service;
    const input = {
      ...server().service,
      service: { ...service, options: { ...(service.options as object), user: 'maker' } },
    } as never;
    expect(await errorOf(open(input))).toMatchObject({
      code: 'E_MIGRATION_UNAVAILABLE',
      hint: 'Let a superuser run in the database template1: CREATE EXTENSION "pageinspect";',
    });
    expect(await shadows()).toEqual([]);
    await withPostgres({ ...target(), database: 'template1' }, (client) =>
      client.query('create extension pageinspect'),
    );
    const shadow = await open(input);
    const names = (await shadow.session.dump?.(soon()))?.map(({ name }) => name);
    await shadow.drop();
    expect(names).toContain('pageinspect');
  });

  test('a user who may not make databases is told what to have granted', async () => {
    await rows("create role plain login password 'secret'");
    const { service } = server().service;
    const input = {
      ...server().service,
      service: { ...service, options: { ...(service.options as object), user: 'plain' } },
    } as never;
    const error = await errorOf(open(input));
    expect(error).toMatchObject({
      code: 'E_MIGRATION_UNAVAILABLE',
      message: 'the user plain may not make a shadow database',
      hint: 'Let a superuser run: ALTER ROLE "plain" CREATEDB;',
    });
    expect(await shadows()).toEqual([]);
  });
});

function statement(text: string, line: number) {
  return { text, line, column: 1 };
}

function migration(statements: readonly string[]): PendingMigration {
  return {
    name: '0001_made',
    path: 'migrations/0001_made.sql',
    checksum: 'c'.repeat(64),
    statements: statements.map((text, index) => statement(text, index + 1)),
    transactional: true,
    lockTimeoutMs: 300,
    unavailable: undefined,
  };
}
