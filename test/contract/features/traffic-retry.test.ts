import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test as it } from 'vitest';
import { askClickhouse } from '../../../src/clients/clickhouse/ask.ts';
import { withPostgres } from '../../../src/clients/postgres/connect.ts';
import { targetOf } from '../../../src/kinds/_shared/postgres/options.ts';
import { kind as app } from '../../../src/kinds/app/index.ts';
import { kind as postgres } from '../../../src/kinds/postgres/index.ts';
import { kind as timescaledb } from '../../../src/kinds/timescaledb/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import type { Service } from '../../../src/stack/contract/model.ts';
import type { TrafficReport } from '../../../src/traffic/report.ts';
import { clickhouseForTests } from '../../support/clickhouse-for-tests.ts';
import { findChdb } from '../../support/clickhouse-front.ts';
import { openLossyProxy } from '../../support/lossy-proxy.ts';
import { canRun } from '../../support/need.ts';
import { installation, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { seedService, stackOf } from '../../support/seed-service.ts';
import { waitFor } from '../../support/wait-for.ts';

const RETRY = { retry: true } as const;

/** Everything is there, once. */
function expectAll(report: TrafficReport, count: number): void {
  expect(report).toMatchObject({ asked: count, acked: count, rejected: 0, unknown: 0, verdict: 'pass' });
  expect(report.stores).toMatchObject([{ stored: count, missing: 0, phantom: 0, duplicates: 0 }]);
  expect(report.retries).toBeGreaterThan(0);
}

describe.skipIf(!canRun('redis-server'))('a stream', () => {
  const profile = { send: { stream: 'events' }, store: { stream: 'events' } };
  const length = async (port: { readonly port: number }) => Number(await ask(port, 'XLEN', 'events'));

  it('has every event once, whatever answers are lost', async () => {
    await using server = await startRedisServer();
    await using proxy = await openLossyProxy(server.endpoint.port, 'XADD');
    const target = stackOf(server.input.service, proxy.port);
    expectAll(await seedService(target, profile, RETRY), 1000);
    expect(await length(server.endpoint)).toBe(1000);
    expect(proxy.lost()).toBeGreaterThan(0);
    const before = proxy.lost();
    const once = await seedService(target, profile);
    expect(proxy.lost()).toBeGreaterThan(before);
    expect(once).toMatchObject({ retries: 0, verdict: 'pass' });
    expect(once.unknown).toBeGreaterThan(0);
  });

  it('has every event once when the server was frozen for longer than anybody waits, and does then what it was sent', async () => {
    await using server = await startRedisServer();
    await using proxy = await openLossyProxy(server.endpoint.port, 'XADD', { most: 0 });
    const running = seedService(
      stackOf(server.input.service, proxy.port),
      { ...profile, inFlight: 16 },
      { ...RETRY, ratePerS: 500, count: 4000 },
    );
    await waitFor('events', async () => (await length(server.endpoint)) > 300);
    server.freeze();
    // The deadline of a command is over: what lies in the server's buffers is to be sent again.
    const before = proxy.connections();
    await waitFor('clients that try again', () => proxy.connections() >= before + 3);
    server.thaw();
    expectAll(await running, 4000);
    expect(await length(server.endpoint)).toBe(4000);
  });

  it('has every event once when the server is killed and started again', async () => {
    await using server = await startRedisServer('--appendonly', 'yes', '--appendfsync', 'always');
    const target = stackOf(server.input.service);
    const running = seedService(target, profile, { ...RETRY, ratePerS: 500, count: 2000 });
    await waitFor('events', async () => (await length(server.endpoint)) > 300);
    await server.kill();
    await server.start();
    expectAll(await running, 2000);
    expect(await length(server.endpoint)).toBe(2000);
  });

  it('has every event once beside others who write into it all the time', async () => {
    await using server = await startRedisServer();
    await using proxy = await openLossyProxy(server.endpoint.port, 'event_id');
    const done = { is: false, written: 0 };
    const others = (async () => {
      for (; !done.is; done.written++) await ask(server.endpoint, 'XADD', 'events', '*', 'other', '1');
    })();
    try {
      const body = { event_id: '{{id}}', at: '{{at}}' };
      const target = stackOf(server.input.service, proxy.port);
      expectAll(await seedService(target, { ...profile, body }, { ...RETRY, ratePerS: 500 }), 1000);
    } finally {
      done.is = true;
      await others;
    }
    expect(done.written).toBeGreaterThan(20);
    expect(await length(server.endpoint)).toBe(1000 + done.written);
  });
});

describe.each([
  ['postgres', postgres as Kind<never>, false],
  ['timescaledb', timescaledb as Kind<never>, true],
] as const)('a table of %s', (_name, kind, hasTimescale) => {
  const found = installation(hasTimescale);
  const test = it.skipIf(found === undefined);
  const OPTIONS = { database: 'shop', user: 'shop_user', password: new Secret('secret') };
  let opened: PostgresServer<never> | undefined;
  const server = (): PostgresServer<never> => {
    if (opened === undefined) throw new Error('not started');
    return opened;
  };
  const query = async <Row>(sql: string): Promise<readonly Row[]> =>
    withPostgres(targetOf(server().input.instance.client, OPTIONS, 'provision'), async (client) => {
      return (await client.query(sql)).rows as Row[];
    });
  beforeAll(async () => {
    if (found === undefined) return;
    opened = await postgresServer({ kind, options: OPTIONS, installation: found });
    await opened.start();
    await opened.ready();
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    if (found === undefined) return;
    await query('drop table if exists events');
    await query('create table events (id uuid not null, at timestamptz not null)');
    if (!hasTimescale) await query('create unique index on events (id)');
    else await query("select create_hypertable('events', 'at'); create unique index on events (at, id)");
  });
  const onConflict = hasTimescale ? ['id', 'at'] : 'id';
  const profile = { send: { table: 'events', onConflict }, store: { table: 'events', idColumn: 'id' } };
  const target = (port?: number) => stackOf(server().service.service as Service<never>, port);
  const count = async () => (await query<{ count: number }>('select count(*)::int as count from events'))[0]?.count;

  test('has every event once, whatever answers are lost', async () => {
    await using proxy = await openLossyProxy(server().input.instance.client.port, 'insert into');
    expectAll(await seedService(target(proxy.port), profile, RETRY), 1000);
    expect([await count(), proxy.lost() > 0]).toEqual([1000, true]);
    const once = await seedService(target(proxy.port), profile);
    expect(once).toMatchObject({ retries: 0, verdict: 'pass' });
    expect(once.unknown).toBeGreaterThan(0);
  });

  test('has every event once when the server is killed and started again', async () => {
    const running = seedService(target(), profile, { ...RETRY, ratePerS: 500, count: 2000 });
    await waitFor('events', async () => ((await count()) ?? 0) > 300);
    await server().end('SIGKILL');
    await server().start();
    expectAll(await running, 2000);
    expect(await count()).toBe(2000);
  });

  test('is refused with COPY, and before anything is sent', async () => {
    await expect(seedService(target(), { ...profile, send: { table: 'events' } }, RETRY)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('COPY into events'),
      hint: expect.stringContaining('onConflict: id'),
    });
    expect(await count()).toBe(0);
  });

  test('must have a unique index on the columns, of which one is the id', async () => {
    await query('create table plain (id uuid, at timestamptz, n int)');
    const fields = { fields: ['id', 'at'], idFields: ['id'] };
    const run = { runId: 'a1b2c3d4-e5f6', oldestMs: 0, ...fields, signal: new AbortController().signal };
    const check = async (settings: object) =>
      (await kind.traffic?.sink?.check?.(server().service as never, settings, run))?.map(({ path, message }) => [
        path.join('.'),
        message,
      ]);
    expect(await check(profile.send)).toEqual([]);
    expect(await check({ table: 'plain', onConflict: 'ID' })).toEqual([
      ['onConflict', expect.stringMatching(/^the table plain has no column ID; .*: did you mean id\?$/)],
    ]);
    expect(await check({ table: 'plain', onConflict: 'id' })).toEqual([
      ['onConflict', 'the table plain has no unique index on just id: it has no unique index at all'],
    ]);
    // Partial, on an expression, on more: none of them is found by the column.
    await query('create unique index on plain (id) where n > 0; create unique index on plain ((id::text))');
    await query('create unique index on plain (at, id)');
    expect(await check({ table: 'plain', onConflict: 'id' })).toEqual([
      ['onConflict', 'the table plain has no unique index on just id: it has one on at, id'],
    ]);
    expect(await check({ table: 'plain', onConflict: ['id', 'at'] })).toEqual([
      ['onConflict', 'the column at may be NULL, and a row with it is stored again: make it NOT NULL'],
    ]);
    expect(await check({ table: 'plain', onConflict: 'n' })).toEqual([
      ['onConflict', expect.stringMatching(/^n does not hold the id of the event.*: it stands in id$/)],
    ]);
    await query('alter table plain alter at set not null');
    expect(await check({ table: 'plain', onConflict: ['id', 'at'] })).toEqual([]);
    await query('drop table plain');
  });
});

const chdb = findChdb();
describe.skipIf(chdb === undefined)('a table of ClickHouse', () => {
  const { front, input, run, target } = clickhouseForTests(chdb);
  const make = async (settings = ''): Promise<void> => {
    await run('DROP TABLE IF EXISTS sent');
    await run(`CREATE TABLE sent (id UUID, at DateTime64(3)) ENGINE = MergeTree ORDER BY at ${settings}`);
  };
  const REMEMBERS = 'SETTINGS non_replicated_deduplication_window = 1000';
  const profile = { send: { table: 'sent' }, store: { table: 'sent', idColumn: 'id' } };

  it('has every event once, whatever answers are lost', async () => {
    await make(REMEMBERS);
    await using proxy = await openLossyProxy(front().port, 'INSERT INTO');
    const through = stackOf(input().service, proxy.port);
    expectAll(await seedService(through, profile, RETRY), 1000);
    expect(proxy.lost()).toBeGreaterThan(0);
    const once = await seedService(through, profile);
    expect(once).toMatchObject({ retries: 0, verdict: 'pass' });
    expect(once.unknown).toBeGreaterThan(0);
  });

  /**
   * The server notes a token before the block is in its place (MergeTreeSink::finishDelayedChunk of ClickHouse): killed in between, it
   * takes the repetition for one that it has. Nothing is stored twice, and what is missing is told.
   */
  it('has no event twice when the server is killed and started again, and all but what it takes for stored', async () => {
    await make(REMEMBERS);
    const running = seedService(stackOf(input().service), profile, { ...RETRY, ratePerS: 500, count: 2000 });
    const count = async () =>
      (await askClickhouse<{ count: number }>(target(), 'SELECT count() AS count FROM sent')).rows[0]?.count ?? 0;
    await waitFor('events', async () => (await count()) > 300);
    await front().kill();
    await front().start();
    const report = await running;
    expect(report).toMatchObject({ asked: 2000, acked: 2000, rejected: 0, unknown: 0 });
    expect(report.retries).toBeGreaterThan(0);
    const [{ missing = 0, ...store } = {}] = report.stores;
    expect(store).toMatchObject({ stored: 2000 - Number(missing), phantom: 0, duplicates: 0 });
    // One block is put in its place at a time.
    expect(missing).toBeLessThanOrEqual(20);
    expect(report.verdict).toBe(missing === 0 ? 'pass' : 'fail');
    expect(await count()).toBe(2000 - Number(missing));
  });

  it('is refused where the table forgets', async () => {
    for (const [settings, blocks] of [
      ['', 0],
      ['SETTINGS non_replicated_deduplication_window = 20', 20],
    ] as const) {
      await make(settings);
      await expect(seedService(stackOf(input().service), profile, RETRY)).rejects.toMatchObject({
        code: 'E_USAGE',
        message: expect.stringContaining(`the table sent remembers ${blocks} blocks`),
        hint: expect.stringContaining('MODIFY SETTING non_replicated_deduplication_window'),
      });
    }
    await run('CREATE TABLE IF NOT EXISTS kept (id UUID, at DateTime64(3)) ENGINE = Memory');
    await expect(
      seedService(stackOf(input().service), { ...profile, send: { table: 'kept' } }, RETRY),
    ).rejects.toMatchObject({ message: expect.stringContaining('the table kept is of engine Memory') });
  });
});

describe('an HTTP service', () => {
  /** One that answers every third request after it has stored its events by not answering at all. */
  async function service(
    keyOf: (headers: NodeJS.Dict<string | readonly string[]>, event: { readonly id: string }) => string,
  ) {
    const stored = new Map<string, string>();
    let requests = 0;
    const server = createServer((request, response) => {
      const parts: string[] = [];
      request.setEncoding('utf8').on('data', (part: string) => parts.push(part));
      request.on('end', () => {
        if (request.method === 'GET') return void response.end([...stored.values()].join(' '));
        const events = JSON.parse(parts.join('')) as readonly { readonly id: string }[];
        for (const event of events) stored.set(keyOf(request.headers, event), event.id);
        if (++requests % 3 === 0) request.socket.destroy();
        else response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const instance = { name: 'api-1', service: 'api', index: 1, ports: [], peer: address, client: address };
    return {
      target: stackOf({ name: 'api', kind: app, instances: [instance], options: {} } as unknown as Service),
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
  const profile = (settings: object) => ({ send: { path: '/', ...settings }, store: { path: '/' } });
  let number = 0;

  it('that knows events, or requests by their key, has each once', async () => {
    await using byBody = await service((_, { id }) => id);
    expectAll(await seedService(byBody.target, profile({ knowsRepetitions: true }), RETRY), 1000);
    await using byKey = await service((headers, { id }) => `${headers['idempotency-key'] ?? number++} ${id}`);
    expectAll(await seedService(byKey.target, profile({ idempotencyKey: 'Idempotency-Key' }), RETRY), 1000);
  });

  it('that does not is found out where the profile says that it does, and is sent nothing where it does not say so', async () => {
    await using server = await service(() => String(number++));
    const report = await seedService(server.target, profile({ knowsRepetitions: true }), RETRY);
    expect(report).toMatchObject({ acked: 1000, verified: false });
    expect(report.stores[0]?.duplicates).toBeGreaterThan(0);
    await expect(seedService(server.target, profile({}), RETRY)).rejects.toMatchObject({
      code: 'E_USAGE',
      hint: expect.stringContaining('knowsRepetitions: true'),
    });
  });
});
