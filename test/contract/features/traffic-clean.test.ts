import { afterAll, beforeAll, describe, expect, test as it } from 'vitest';
import { askClickhouse } from '../../../src/clients/clickhouse/ask.ts';
import { withPostgres } from '../../../src/clients/postgres/connect.ts';
import { targetOf } from '../../../src/kinds/_shared/postgres/options.ts';
import { kind as postgres } from '../../../src/kinds/postgres/index.ts';
import { kind as timescaledb } from '../../../src/kinds/timescaledb/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import type { Service } from '../../../src/stack/contract/model.ts';
import { clickhouseForTests } from '../../support/clickhouse-for-tests.ts';
import { findChdb } from '../../support/clickhouse-front.ts';
import { canRun } from '../../support/need.ts';
import { installation, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { cleanService, seedService, stackOf } from '../../support/seed-service.ts';

const COUNT = { count: 700 } as const;
/** What a run that nobody cleaned wrote by hand. */
const OTHER = 'a1b2c3d4-e5f6';

const cleaned = (store: string, found: number) => ({
  ...{ profile: 'events', clean: true },
  stores: [{ store, found, gone: found, left: 0, error: null, refused: null, stays: null }],
});

describe.skipIf(!canRun('redis-server'))('of a Redis server', () => {
  it('the entries of a run go, and those of others stay', async () => {
    await using server = await startRedisServer();
    const target = stackOf(server.input.service);
    const profile = { send: { stream: 'events' }, store: { stream: 'events' } };
    const foreign = await ask(server.endpoint, 'XADD', 'events', '*', 'other', 'x'.repeat(40));
    const run = await seedService(target, profile, COUNT);
    const other = await seedService(target, profile, COUNT);
    // Of the same run, by somebody who holds its ids in a text.
    await ask(server.endpoint, 'XADD', 'events', '*', 'text', `about ${eventId(run.run, 699)} ä`);
    const last = await ask(server.endpoint, 'XADD', 'events', '*', 'text', `about ${run.run} alone`);
    expect(await cleanService(target, profile, run.run)).toMatchObject({
      ...cleaned('redis events', 700),
      run: run.run,
    });
    const left = (await ask(server.endpoint, 'XRANGE', 'events', '-', '+')) as readonly [string, readonly string[]][];
    expect(left).toHaveLength(702);
    expect([left[0]?.[0], left.at(-1)?.[0]]).toEqual([foreign, last]);
    expect(left.slice(1, -1).every(([, fields]) => fields.join(' ').includes(other.run))).toBe(true);
    expect(await cleanService(target, profile, run.run)).toMatchObject(cleaned('redis events', 0));
  });

  it('the members of a sorted set go that hold its ids', async () => {
    await using server = await startRedisServer();
    const members = [...Array(900).keys()].flatMap((sequence) => [
      ...[String(sequence), JSON.stringify({ id: eventId('ffffffff-0000', sequence) })],
      ...[String(sequence), JSON.stringify({ id: eventId(OTHER, sequence) })],
    ]);
    await ask(server.endpoint, 'ZADD', 'set', ...members, '1', 'else');
    const profile = { send: { stream: 'events' }, store: { sortedSet: 'set', scores: 'time' } };
    expect(await cleanService(stackOf(server.input.service), profile, 'ffffffff-0000')).toMatchObject(
      cleaned('redis set', 900),
    );
    expect(await ask(server.endpoint, 'ZCARD', 'set')).toBe(901);
    expect(await ask(server.endpoint, 'ZSCORE', 'set', JSON.stringify({ id: eventId(OTHER, 899) }))).toBe('899');
  });
});

describe.each([
  ['postgres', postgres as Kind<never>, false],
  ['timescaledb', timescaledb as Kind<never>, true],
] as const)('of a server of %s', (_name, kind, hasTimescale) => {
  const found = installation(hasTimescale);
  const test = it.skipIf(found === undefined);
  const OPTIONS = { database: 'shop', user: 'shop_user', password: new Secret('secret') };
  let server: PostgresServer<never> | undefined;
  const query = async <Row>(sql: string): Promise<readonly Row[]> => {
    if (server === undefined) throw new Error('not started');
    return withPostgres(targetOf(server.input.instance.client, OPTIONS, 'provision'), async (client) => {
      return (await client.query(sql)).rows as Row[];
    });
  };
  const target = () => stackOf(server?.service.service as Service<never>);
  beforeAll(async () => {
    if (found === undefined) return;
    server = await postgresServer({ kind, options: OPTIONS, installation: found });
    await server.start();
    await server.ready();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('the rows of a run go, and those of others stay', async () => {
    await query('create table "Events" (id uuid not null, at timestamptz not null)');
    if (hasTimescale) await query(`select create_hypertable('"Events"', 'at')`);
    const profile = { send: { table: 'Events' }, store: { table: 'Events', idColumn: 'id' } };
    const run = await seedService(target(), profile, COUNT);
    const other = await seedService(target(), profile, COUNT);
    // Beside the ids of the run, with the same beginning.
    const near = `${run.run}-8001-8000-000000000001`;
    await query(`insert into "Events" values ('${near}', now())`);
    expect(await cleanService(target(), profile, run.run)).toMatchObject(cleaned('db Events', 700));
    const left = await query<{ run: string; count: number }>(
      'select left(id::text, 13) as run, count(*)::int as count from "Events" group by 1 order by 2',
    );
    expect(left).toEqual([
      { run: run.run, count: 1 },
      { run: other.run, count: 700 },
    ]);
  });

  test('of a column of text too, whatever its collation puts between two ids', async () => {
    await query("create collation ignoring (provider = icu, locale = 'und-u-ka-shifted')");
    await query('create table texts (id text collate ignoring, at timestamptz)');
    const profile = { send: { table: 'texts' }, store: { table: 'texts', idColumn: 'id' } };
    const { run } = await seedService(target(), profile, COUNT);
    const foreign = [eventId(run, 5).replaceAll('-', ''), eventId(run, 5).toUpperCase()];
    // As the consumer of a webhook may make it of two.
    const longer = `${eventId(run, 5)}:shop`;
    for (const id of [...foreign, longer]) await query(`insert into texts values ('${id}', now())`);
    const report = await cleanService(target(), profile, run);
    expect((await query<{ id: string }>('select id from texts')).map(({ id }) => id).toSorted()).toEqual(
      foreign.toSorted(),
    );
    expect(report).toMatchObject(cleaned('db texts', 700));
  });

  test('what cannot be deleted is told in the words of the server, and counted as it is', async () => {
    await query('create table base (id uuid primary key, at timestamptz)');
    await query('create table refers (id uuid references base)');
    const profile = { send: { table: 'base' }, store: { table: 'base', idColumn: 'id' } };
    const { run } = await seedService(target(), profile, COUNT);
    await query(`insert into refers values ('${eventId(run, 3)}')`);
    expect(await cleanService(target(), profile, run)).toMatchObject({
      clean: false,
      stores: [{ found: 700, gone: 0, left: 700, error: expect.stringContaining('violates foreign key constraint') }],
    });
  });

  test('a table that is not there is a mistake of the profile', async () => {
    const profile = { send: { table: 'texts' }, store: { table: 'nowhere', idColumn: 'id' } };
    await expect(cleanService(target(), profile, OTHER)).rejects.toMatchObject({ code: 'E_PROFILE_INVALID' });
  });
});

const chdb = findChdb();
describe.skipIf(chdb === undefined)('of a server of ClickHouse', () => {
  const { input, run: sql, target } = clickhouseForTests(chdb);

  it.each(['UUID', 'LowCardinality(String)', 'Nullable(String)'])(
    'the rows of a run go from a table with ids of type %s, and those of others stay',
    async (type) => {
      await sql('DROP TABLE IF EXISTS sent');
      await sql(`CREATE TABLE sent (id ${type}, at DateTime64(3)) ENGINE = MergeTree ORDER BY at`);
      const profile = { send: { table: 'sent' }, store: { table: 'sent', idColumn: 'id' } };
      const to = stackOf(input().service);
      const { run } = await seedService(to, profile, COUNT);
      const other = await seedService(to, profile, COUNT);
      await sql(`INSERT INTO sent VALUES ('${run}-8001-8000-000000000001', now())`);
      if (type !== 'UUID')
        await sql(`INSERT INTO sent VALUES ('x${eventId(run, 5)}', now()), ('${eventId(run, 900)}:shop', now())`);
      expect(await cleanService(to, profile, run)).toMatchObject(
        cleaned('clickhouse sent', type === 'UUID' ? 700 : 701),
      );
      const { rows } = await askClickhouse<{ run: string; count: number }>(
        target(),
        'SELECT substring(assumeNotNull(toString(id)), 1, 13) AS run, count() AS count FROM sent GROUP BY run ORDER BY count, run',
      );
      expect(rows.filter((row) => row.run === other.run)).toEqual([{ run: other.run, count: 700 }]);
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(type === 'UUID' ? 701 : 702);
    },
  );
});
