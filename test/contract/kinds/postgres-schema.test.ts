import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect } from 'vitest';
import { kind as postgres } from '../../../src/kinds/postgres/index.ts';
import { kind as timescaledb } from '../../../src/kinds/timescaledb/index.ts';
import { readTimescale } from '../../../src/kinds/timescaledb/schema/read.ts';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import { dumpOf, newDatabase, pgDump, runSql } from '../../support/postgres-databases.ts';
import { postgresForTests } from '../../support/postgres-for-tests.ts';
import { installation } from '../../support/postgres-server.ts';

const ROLES = 'create role reader; create role writer; create role "Odd "" on role"';
const folder = (path: string) => new URL(`../../../templates/${path}/`, import.meta.url);

describe.each([
  { kind: postgres, found: installation(false) },
  { kind: timescaledb, found: installation(true) },
])('the schema of a $kind.name server', ({ kind, found }) => {
  const { test, target } = postgresForTests({ kind: kind as Kind<never>, found });
  beforeAll(async () => {
    if (found !== undefined) await runSql(target(), ROLES);
  });

  const names = ['everything', 'odd-names'];
  test.each(names)('what was dumped makes the same schema, also in the eyes of pg_dump: %s', async (name) => {
    if (found === undefined) return;
    const one = await newDatabase(
      target(),
      'one',
      readFileSync(new URL(`schema/${name}.sql`, import.meta.url), 'utf8'),
    );
    const text = await dumpOf(one);
    expect(text).not.toContain('stackctl');
    const two = await newDatabase(target(), 'two', text);
    expect(await dumpOf(two)).toBe(text);
    const expected = await pgDump(found, one);
    if (expected === undefined) return;
    // The server prints some expressions differently once it has read its own output: both have passed through that.
    const three = await newDatabase(target(), 'three', expected);
    expect(await pgDump(found, two)).toBe(await pgDump(found, three));
    expect(await dumpOf(three)).toBe(text);
  });

  test('the order of creation does not show, and roles only where they are wanted', async () => {
    const parts = [
      'create table b (id int primary key); create index b_x on b (id); create index b_a on b (id)',
      'create function f() returns int language sql as $$select 1$$; create table a (id int default f())',
      "create type z as enum ('x'); create view v as select 1 as n; grant select on v to reader",
    ];
    const one = await dumpOf(await newDatabase(target(), 'one', ...parts));
    expect(await dumpOf(await newDatabase(target(), 'two', ...parts.toReversed()))).toBe(one);
    expect(one).toContain('GRANT SELECT ON TABLE public.v TO reader;');
    expect(await dumpOf(await newDatabase(target(), 'two', ...parts), { grants: false })).toBe(
      one.replace('GRANT SELECT ON TABLE public.v TO reader;\n', ''),
    );
  });

  test('what cannot be printed is named', async () => {
    const one = await newDatabase(
      target(),
      'one',
      "create function same(int, int) returns bool language sql as 'select $1 = $2'; create operator === (leftarg = int, rightarg = int, function = same)",
      'create text search configuration plain (copy = pg_catalog.simple); create type span as range (subtype = int)',
    );
    const text = await dumpOf(one);
    expect(text.match(/^-- .*$/gm)).toHaveLength(2);
    expect(text).toContain('-- stackctl cannot print this kind of object: make it by hand.\n');
  });

  test('the migrations of the built-in stacks', async () => {
    for (const path of ['analytics/migrations/timescaledb', 'email-timing/migrations/postgres']) {
      const texts = readdirSync(folder(path)).map((name) => readFileSync(new URL(name, folder(path)), 'utf8'));
      const hasTimescale = found?.hasTimescale === true;
      const setUp = hasTimescale ? ['create extension timescaledb'] : [];
      const run = texts.filter(
        (text) => !text.includes('timescaledb-tsl') && (hasTimescale || !text.includes('timescaledb')),
      );
      const options = { extension: hasTimescale ? readTimescale : undefined };
      const text = await dumpOf(await newDatabase(target(), 'one', ...setUp, ...run), options);
      expect(text).toMatch(/^CREATE TABLE public\.(events|identifiers) /m);
      expect(text.includes('create_hypertable')).toBe(hasTimescale && path.startsWith('analytics'));
      expect(await dumpOf(await newDatabase(target(), 'two', text), options)).toBe(text);
    }
  });

  if (kind === timescaledb)
    test('hypertables come with all that they were made with, and without chunks', async () => {
      const hypertables = readFileSync(new URL('schema/hypertables.sql', import.meta.url), 'utf8');
      const options = { extension: readTimescale };
      const one = await newDatabase(target(), 'one', 'create extension timescaledb', hypertables);
      const text = await dumpOf(one, options);
      const statements = text.split('\n').filter((line) => line.startsWith('SELECT public.'));
      expect(statements).toEqual([
        "SELECT public.create_hypertable('app.m', 'time', chunk_time_interval => INTERVAL '36 hours', create_default_indexes => FALSE);",
        "SELECT public.add_dimension('app.m', 'device', number_partitions => 4);",
        `SELECT public.create_hypertable('public."Odd Table"', 'The Time', chunk_time_interval => INTERVAL '7 days', associated_schema_name => 'chunks', associated_table_prefix => 'odd', create_default_indexes => FALSE);`,
        "SELECT public.create_hypertable('public.numbers', 't', chunk_time_interval => BIGINT '1000', create_default_indexes => FALSE);",
        "SELECT public.set_integer_now_func('public.numbers', 'public.now_number');",
      ]);
      expect(text).not.toMatch(/_chunk|ts_insert_blocker|_timescaledb_/);
      expect(text.match(/CREATE INDEX/g)).toHaveLength(4);
      expect(await dumpOf(await newDatabase(target(), 'two', text), options)).toBe(text);
    });
});
