import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FORGET_IDLE_CONSUMERS, TRIM_STORED } from '../../../templates/analytics/services/ingester/src/scripts.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type Ingester, openStores, type Program, type Stores, schemaSql, withPostgres } from './ingester-servers.ts';

let stores: Stores;
let redisServer: Program;
let postgresServer: Program;
let redis: Redis;
let ingesters: Ingester[] = [];

beforeAll(async () => {
  stores = await openStores();
  [redisServer, postgresServer] = await Promise.all([stores.startRedis(), stores.startPostgres()]);
  redis = new Redis({ protocol: 2, port: stores.redisPort, retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => undefined); // it is killed on purpose
});
afterAll(async () => {
  redis.disconnect();
  await stores.close();
});

beforeEach(async () => {
  ingesters = [];
  await redis.flushall();
  await query('DROP TABLE IF EXISTS events');
  await query(schemaSql());
});
afterEach(async () => {
  await Promise.all(ingesters.map((ingester) => ingester.end('SIGKILL')));
});

const begin = async (env: Readonly<Record<string, string>> = {}): Promise<Ingester> => {
  const ingester = await stores.startIngester({ CLAIM_IDLE_MS: '500', BATCH_SIZE: '50', ...env });
  ingesters.push(ingester);
  return ingester;
};

async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
  const rows = await withPostgres(stores.postgresPort, async (client) => {
    const results = await client.query(sql);
    return results.rows ?? [];
  });
  if (rows === false) throw new Error('PostgreSQL does not answer');
  return rows;
}

const storedIds = async (): Promise<readonly unknown[]> =>
  (await query('SELECT event_id FROM events ORDER BY 1')).map(({ event_id }) => event_id);

interface Event {
  readonly event_id: string;
  readonly [field: string]: string;
}

const event = (more: Readonly<Record<string, string>> = {}): Event => ({
  event_id: randomUUID(),
  time: '2026-01-02T03:04:05.123456Z',
  event_type: 'click',
  user_id: 'user-1',
  properties: '{"a":1}',
  ...more,
});
const send = (one: Readonly<Record<string, string>>) => redis.xadd('events', '*', ...Object.entries(one).flat());
const sorted = (events: readonly Event[]) => events.map(({ event_id }) => event_id).toSorted();
const settled = (ids: readonly string[], withinMs = 20_000) =>
  waitFor(`${ids.length} rows`, async () => (await storedIds()).length >= ids.length && nothingPending(), withinMs);

async function nothingPending(): Promise<boolean> {
  const [pending] = (await redis.xpending('events', 'ingester')) as [number];
  return pending === 0;
}

/** Sends until told to stop: each event until it was acknowledged, so it may be in the stream twice. */
function traffic() {
  const sent: Event[] = [];
  let stopped = false;
  const ended = (async () => {
    while (!stopped) {
      const batch = Array.from({ length: 20 }, () => event());
      await Promise.all(batch.map(send));
      sent.push(...batch);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const stop = async () => {
    stopped = true;
    await ended;
    return sorted(sent);
  };
  return { sent, stop, more: (count: number) => waitFor('more traffic', () => sent.length >= count) };
}

test('stores what comes, each event once, whoever sends it twice', async () => {
  const events = Array.from({ length: 120 }, () => event());
  for (const one of events) await send(one);
  const ingester = await begin();
  for (const one of events.slice(0, 30)) await send(one);
  await settled(sorted(events));
  await waitFor('the counters', async () => (await ingester.get('/stats')).body.received === 150);
  expect(await storedIds()).toEqual(sorted(events));
  expect((await ingester.get('/stats')).body).toMatchObject({
    inserted: 120,
    duplicates: 30,
    dead: 0,
    failures: 0,
    lastFailure: null,
    group: { name: 'ingester', length: 150, lag: 0, pending: 0, consumers: 1, dead: 0 },
  });
  expect(await ingester.get('/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  const [row] = await query(`SELECT *, time = '2026-01-02T03:04:05.123456Z' AS exact FROM events LIMIT 1`);
  expect(row).toMatchObject({ event_type: 'click', user_id: 'user-1', properties: { a: 1 }, exact: true });
});

test('text arrives as it was sent, whatever it has in it, and from a Redis with a password', async () => {
  const texts = ['tab\tand\nnew line\r', 'back\\slash \\t', '\\.', '\\N', 'ä€😀', '"quoted", \'twice\''];
  const events = texts.flatMap((text) => [
    event({ event_type: text, user_id: text, properties: '{}' }),
    event({ event_type: 'none', user_id: 'none', properties: JSON.stringify({ text }) }),
  ]);
  await Promise.all(events.map(send));
  await redis.config('SET', 'requirepass', 'a b');
  try {
    // Each by itself: a COPY that fails would be made good by the INSERT after it.
    await begin({ REDIS_PASSWORD: 'a b', BATCH_SIZE: '1' });
    await settled(sorted(events));
  } finally {
    await redis.config('SET', 'requirepass', '');
  }
  const rows = await query(`SELECT event_id, event_type, user_id, properties->>'text' AS text FROM events`);
  const found = new Map(rows.map(({ event_id, ...columns }) => [event_id, columns]));
  for (const [index, text] of texts.entries()) {
    const [columns, json] = [found.get(events[2 * index]?.event_id), found.get(events[2 * index + 1]?.event_id)];
    expect([columns, json]).toEqual([
      { event_type: text, user_id: text, text: null },
      { event_type: 'none', user_id: 'none', text },
    ]);
  }
});

test('what cannot be stored goes to the dead letters with its reason, and takes nothing along', async () => {
  const good = Array.from({ length: 40 }, () => event());
  const { user_id: _, ...incomplete } = event();
  const bad = [
    [event({ event_id: 'no-uuid' }), 'event_id must be a UUID'],
    [event({ time: '2026-01-02' }), 'time must be an instant'],
    [event({ time: '2026-02-30T00:00:00Z' }), 'time must be an instant'],
    [event({ properties: '[1]' }), 'properties must be a JSON object'],
    [incomplete, 'user_id is missing'],
    // These pass every check but that of the database.
    [event({ event_type: 'nul\u0000' }), 'SQLSTATE 22021'],
    [event({ properties: '{"a":"\\u0000"}' }), 'SQLSTATE 22P05'],
  ] as const;
  await Promise.all([...good.slice(0, 20), ...bad.map(([one]) => one), ...good.slice(20)].map(send));
  const ingester = await begin();
  await settled(sorted(good));
  expect(await storedIds()).toEqual(sorted(good));
  const dead = (await redis.xrange('events:dead', '-', '+')).map(([, words]) => words);
  const valueIn = (words: readonly string[], name: string) => words[words.lastIndexOf(name) + 1];
  for (const [one, reason] of bad) {
    const found = dead.find((words) => valueIn(words, 'event_id') === one.event_id);
    expect(found, reason).toEqual(expect.arrayContaining(Object.entries(one).flat()));
    expect(valueIn(found ?? [], 'dead_reason')).toContain(reason);
  }
  expect(dead).toHaveLength(bad.length);
  expect((await ingester.get('/stats')).body).toMatchObject({ inserted: 40, dead: bad.length, failures: 0 });
});

describe('loses no acknowledged event and doubles none', () => {
  test('when it is killed, and another one takes over what it had', async () => {
    const first = await begin();
    const running = traffic();
    await running.more(500);
    await first.end('SIGKILL');
    // Delivered to the dead one as if it had died in the middle of a batch.
    await redis.xreadgroup('GROUP', 'ingester', 'dead-one', 'COUNT', 10, 'STREAMS', 'events', '>');
    const second = await begin();
    await running.more(running.sent.length + 500);
    const ids = await running.stop();
    await settled(ids);
    expect(await storedIds()).toEqual(ids);
    expect(Number((await second.get('/stats')).body.claimed)).toBeGreaterThanOrEqual(10);
  });

  test('when it is killed in the middle of a backlog, again and again', async () => {
    const events = Array.from({ length: 5000 }, () => event());
    await Promise.all(events.map(send));
    for (let kills = 1; kills <= 4; kills++) {
      const ingester = await begin({ STACKCTL_INSTANCE: 'ingester-1', BATCH_SIZE: '200' });
      await waitFor('some rows', async () => (await storedIds()).length >= kills * 900);
      await ingester.end('SIGKILL');
    }
    const last = await begin({ STACKCTL_INSTANCE: 'ingester-1', BATCH_SIZE: '200' });
    await settled(sorted(events));
    expect(await storedIds()).toEqual(sorted(events));
    expect((await last.get('/stats')).body).toMatchObject({ dead: 0, failures: 0, group: { pending: 0, lag: 0 } });
  });

  test('when there are two that share the work', async () => {
    const both = await Promise.all([begin(), begin()]);
    const running = traffic();
    await running.more(2000);
    const ids = await running.stop();
    await settled(ids);
    expect(await storedIds()).toEqual(ids);
    const inserted = await Promise.all(both.map(async ({ get }) => Number((await get('/stats')).body.inserted)));
    expect(inserted.every((count) => count > 0)).toBe(true);
    expect(inserted.reduce((sum, count) => sum + count, 0)).toBe(ids.length);
  });

  test('when PostgreSQL is killed and comes back', async () => {
    const ingester = await begin();
    const running = traffic();
    await running.more(500);
    await postgresServer.end('SIGKILL');
    await waitFor('not ready', async () => (await ingester.get('/ready')).status === 503);
    await running.more(running.sent.length + 300);
    postgresServer = await stores.startPostgres();
    const ids = await running.stop();
    await settled(ids);
    expect(await storedIds()).toEqual(ids);
    await waitFor('ready', async () => (await ingester.get('/ready')).status === 200);
    expect((await ingester.get('/stats')).body).toMatchObject({ dead: 0, lastFailure: null });
  });

  test('when Redis is killed and comes back', async () => {
    const ingester = await begin();
    const running = traffic();
    await running.more(500);
    await redisServer.end('SIGKILL');
    await waitFor('not ready', async () => (await ingester.get('/ready')).status === 503);
    expect((await ingester.get('/stats')).body.group).toBeNull();
    redisServer = await stores.startRedis();
    await running.more(running.sent.length + 300);
    const ids = await running.stop();
    await settled(ids);
    expect(await storedIds()).toEqual(ids);
    await waitFor('ready', async () => (await ingester.get('/ready')).status === 200);
  });

  test('when Redis hangs for longer than it waits', async () => {
    const ingester = await begin();
    const running = traffic();
    await running.more(500);
    redisServer.child.kill('SIGSTOP');
    try {
      await waitFor('a failure', async () => Number((await ingester.get('/stats')).body.failures) > 0);
    } finally {
      redisServer.child.kill('SIGCONT');
    }
    const ids = await running.stop();
    await settled(ids, 30_000);
    expect(await storedIds()).toEqual(ids);
  });
});

test('without its table it waits, keeps the events and says what is missing', async () => {
  await query('DROP TABLE events');
  await send(event());
  const ingester = await begin();
  await waitFor('an attempt', async () => Number((await ingester.get('/stats')).body.failures) > 0);
  expect(await ingester.get('/ready')).toMatchObject({
    status: 503,
    body: {
      checks: [
        { status: 'pass' },
        { name: 'timescaledb-table', output: expect.stringContaining('"events"') },
        { name: 'storing', status: 'fail' },
      ],
    },
  });
  await query(schemaSql());
  await waitFor('the row', async () => (await storedIds()).length === 1);
});

test('started again under its name, it goes on at once with what it had when it was killed', async () => {
  const events = Array.from({ length: 10 }, () => event());
  for (const one of events) await send(one);
  await redis.xgroup('CREATE', 'events', 'ingester', '0');
  await redis.xreadgroup('GROUP', 'ingester', 'ingester-1', 'COUNT', 10, 'STREAMS', 'events', '>');
  const ingester = await begin({ STACKCTL_INSTANCE: 'ingester-1', CLAIM_IDLE_MS: '3600000' });
  await settled(sorted(events));
  expect((await ingester.get('/stats')).body).toMatchObject({ consumer: 'ingester-1', inserted: 10, claimed: 0 });
});

test('is not ready while the stores answer and nothing can be stored', async () => {
  const ingester = await begin();
  await query('ALTER TABLE events RENAME COLUMN user_id TO who');
  await send(event());
  await waitFor('not ready', async () => (await ingester.get('/ready')).status === 503);
  expect(await ingester.get('/ready')).toMatchObject({
    body: {
      checks: [{ status: 'pass' }, { status: 'pass' }, { name: 'storing', output: expect.stringContaining('user_id') }],
    },
  });
  await query('ALTER TABLE events RENAME COLUMN who TO user_id');
  await waitFor('ready', async () => (await ingester.get('/ready')).status === 200);
  expect(await storedIds()).toHaveLength(1);
});

test('SIGTERM: it finishes its batch, leaves the group and ends with 0', async () => {
  const ingester = await begin();
  const running = traffic();
  await running.more(500);
  expect(await ingester.end('SIGTERM')).toBe(0);
  expect(await nothingPending()).toBe(true);
  expect(await redis.xinfo('CONSUMERS', 'events', 'ingester')).toEqual([]);
  await running.stop();
  const stored = (await storedIds()).length;
  const [group] = (await redis.xinfo('GROUPS', 'events')) as (readonly unknown[])[];
  expect(group?.[group.indexOf('entries-read') + 1]).toBe(stored);
  expect(ingester.output()).toContain('"message":"stopped","service":"ingester","complete":true');
});

describe('tidies up', () => {
  const add = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => redis.xadd('events', `${at + 1}-0`, 'n', String(at + 1))));
  const read = (group: string, count: number) =>
    redis.xreadgroup('GROUP', group, 'me', 'COUNT', count, 'STREAMS', 'events', '>');
  const ack = (group: string, from: number, to: number) =>
    redis.xack('events', group, ...Array.from({ length: to - from + 1 }, (_, at) => `${from + at}-0`));
  const firstId = async () => Number((await redis.xrange('events', '-', '+', 'COUNT', 1))[0]?.[0].split('-')[0]);

  test('deletes only what every group has acknowledged and what is old enough', async () => {
    await redis.config('SET', 'stream-node-max-entries', '1');
    await add(30);
    await redis.xgroup('CREATE', 'events', 'a', '0');
    await redis.xgroup('CREATE', 'events', 'b', '0');
    const trim = (olderThan: number) => redis.eval(TRIM_STORED, 1, 'events', olderThan);
    await trim(1000);
    expect(await firstId()).toBe(1);
    await read('a', 25);
    await ack('a', 1, 25);
    await read('b', 20);
    await ack('b', 1, 9);
    await trim(5);
    expect(await firstId()).toBe(5);
    await trim(1000);
    expect(await firstId()).toBe(10);
    await ack('b', 10, 20);
    await trim(1000);
    expect(await firstId()).toBe(20);
    await redis.config('SET', 'stream-node-max-entries', '100');
  });

  test('forgets a consumer only when it has nothing pending', async () => {
    await add(3);
    await redis.xgroup('CREATE', 'events', 'a', '0');
    await read('a', 1);
    const forget = (idleMs: number, only: string) => redis.eval(FORGET_IDLE_CONSUMERS, 1, 'events', 'a', idleMs, only);
    expect(await forget(0, '')).toBe(0);
    await ack('a', 1, 1);
    expect(await forget(3_600_000, '')).toBe(0);
    expect(await forget(0, 'somebody')).toBe(0);
    expect(await forget(0, 'me')).toBe(1);
  });
});
