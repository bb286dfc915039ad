/** Several kinds of events to a real Redis and a real PostgreSQL at once, and what each of them holds in the end. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kind as postgresKind } from '../../../src/kinds/postgres/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { idsIn } from '../../../src/stack/contract/event-id.ts';
import type { Stack } from '../../../src/stack/contract/model.ts';
import { readProfile } from '../../../src/traffic/load-profile.ts';
import { seedTraffic } from '../../../src/traffic/seed-traffic.ts';
import { installation, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { waitFor } from '../../support/wait-for.ts';

const FOUND = installation(false);

/** Orders are rows and, with the same ids, entries; visits are entries of another stream. */
const PROFILE = `
profile: shop
description: Visits and orders
send: { service: redis, batch: 50, inFlight: 2, settings: { stream: visits } }
draw:
  customer: { zipf: { count: 100 } }
operations:
  visit:
    weight: 3
    body: { id: "{{id}}", customer: "{{customer}}" }
  order:
    draw: { amount: { integer: { min: 1, max: 300 } } }
    body: { id: "{{id}}", customer: "{{customer}}", amount: "{{amount}}" }
    send: { service: db, batch: 20, inFlight: 2, settings: { table: orders } }
    also:
      - { service: redis, name: log, batch: 20, inFlight: 2, settings: { stream: orders }, body: { order: "{{id}}" } }
stores:
  - { service: redis, operations: [visit], settle: 300ms, settings: { stream: visits } }
  - { service: db, operations: [order], sinks: [db], settle: 300ms, settings: { table: orders, idColumn: id } }
  - { service: redis, operations: [order], sinks: [log], settle: 300ms, settings: { stream: orders } }
`;

describe.skipIf(FOUND === undefined)('operations of a profile', () => {
  let db: PostgresServer<unknown>;
  let redis: RedisServer;

  beforeAll(async () => {
    if (FOUND === undefined) return;
    const options = { database: 'shop', user: 'shop', password: new Secret('shop_pass') };
    db = (await postgresServer({ kind: postgresKind, options, installation: FOUND })) as PostgresServer<unknown>;
    await db.start();
    await db.ready();
    await sql('CREATE TABLE orders (id uuid PRIMARY KEY, customer int, amount int CHECK (amount <= 300))');
    redis = await startRedisServer();
  }, 120_000);

  afterAll(async () => {
    await redis?.[Symbol.asyncDispose]();
    await db?.[Symbol.asyncDispose]();
  });

  async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
    const { client: host } = db.input.instance;
    const own = { host: host?.host, port: host?.port, user: 'shop', database: 'shop', password: 'shop_pass' };
    const client = new pg.Client(own);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  async function run(count: number, ratePerS?: number) {
    const services = [redis.input.service, { ...db.service.service, name: 'db' }];
    const stack = { ...redis.input.stack, services, values: [] } as unknown as Stack;
    const { profile, refuse } = readProfile({ text: PROFILE, file: 'shop.yaml', stack });
    const { report } = await seedTraffic({
      ...{ stack, profile, refuse, seed: 1, epochMs: undefined, settleMs: undefined, clock: performance },
      ...{ date: () => new Date(), random: randomBytes, emit: () => undefined, signal: new AbortController().signal },
      ...{ count, ratePerS },
    });
    return report;
  }

  const entries = async (stream: string, runId: string): Promise<readonly string[]> =>
    idsIn(JSON.stringify(await ask(redis.endpoint, 'XRANGE', stream, '-', '+')), runId);
  const rows = async (runId: string): Promise<readonly string[]> =>
    (await sql(`SELECT id::text AS id FROM orders WHERE id::text LIKE '${runId}%' ORDER BY id`)).map(({ id }) =>
      String(id),
    );

  test('each store holds the events of its own, orders have one id in both', async () => {
    const report = await run(2000);
    expect(report).toMatchObject({ verified: true, verdict: 'pass', events: 2000 });
    const [visits, orders, table] = [
      await entries('visits', report.run),
      await entries('orders', report.run),
      await rows(report.run),
    ];
    expect(visits.length + table.length).toBe(2000);
    expect(orders.toSorted()).toEqual(table);
    expect(table.length).toBeGreaterThan(350);
    expect(visits.some((id) => table.includes(id))).toBe(false);
    expect(report.stores.map(({ stored }) => stored)).toEqual([visits.length, table.length, orders.length]);
  });

  test('what is lost in one store is told of that one, by id, and the others are verified', async () => {
    // What is taken away below is an entry of this run.
    await ask(redis.endpoint, 'DEL', 'orders');
    const running = run(1500, 1500);
    const gone = await waitFor('an entry that can be taken away', async () => {
      const [first] = (await ask(redis.endpoint, 'XREVRANGE', 'orders', '+', '-', 'COUNT', '1')) as [
        string,
        string[],
      ][];
      const age = first === undefined ? 0 : Number(await ask(redis.endpoint, 'XDEL', 'orders', first[0]));
      return age === 1 && first;
    });
    const report = await running;
    expect(report).toMatchObject({
      verdict: 'fail',
      stores: [{ missing: 0 }, { missing: 0, phantom: 0 }, { missing: 1, missingIds: [gone[1][1]] }],
    });
  });

  test('a database that stops in the middle leaves its own events open, and no other ones', async () => {
    const running = run(3000, 1500);
    await waitFor('rows', async () => Number((await sql('SELECT count(*) FROM orders'))[0]?.count) > 1000);
    await db.end('SIGQUIT');
    const report = await running;
    const [api, table, log] = report.sinks;
    expect(api).toMatchObject({ rejected: 0, unknown: 0 });
    expect(log).toMatchObject({ rejected: 0, unknown: 0 });
    expect((table?.rejected ?? 0) + (table?.unknown ?? 0)).toBeGreaterThan(100);
    // Its store cannot be read, and says so; what the others hold is told all the same.
    expect(report).toMatchObject({
      verdict: 'inconclusive',
      stores: [{ missing: 0 }, { stored: null }, { missing: 0 }],
    });
    expect(report.events).toBe(3000);
  });
});
