import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../../packages/service-kit/src/log.ts';
import { type TrackedEvent, timeOf } from '../../../templates/event-tracking/services/backend/src/event.ts';
import { memoryStorage } from '../../../templates/event-tracking/services/backend/src/storage/memory.ts';
import { redisStorage } from '../../../templates/event-tracking/services/backend/src/storage/redis.ts';
import type { EventStorage } from '../../../templates/event-tracking/services/backend/src/storage/storage.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { waitFor } from '../../support/wait-for.ts';

const RETENTION_MS = 60_000;
const log = createLog({ level: 'error', write: () => undefined });

let server: RedisServer;
let keys = 0;
beforeAll(async () => {
  server = await startRedisServer('--appendonly', 'yes');
});
afterAll(() => server[Symbol.asyncDispose]());

interface Opened {
  readonly storage: EventStorage;
  readonly key: string;
}

const url = () => `redis://:${server.endpoint.password}@127.0.0.1:${server.endpoint.port}`;

const opened: Readonly<Record<EventStorage['name'], (now: () => number) => Promise<Opened>>> = {
  memory: async (now) => ({ storage: memoryStorage({ retentionMs: RETENTION_MS, maxEvents: 10_000, now }), key: '' }),
  redis: async (now) => {
    keys += 1;
    const key = `sentinel:events:${keys}`;
    const limits = { commandTimeoutMs: 300, connectionWaitMs: 300 };
    const storage = redisStorage({ url: url(), retentionMs: RETENTION_MS, log, key, now, ...limits });
    await waitFor('the connection', () =>
      storage.check().then(
        () => true,
        () => false,
      ),
    );
    return { storage, key };
  },
};

const event = (eventId: string, time: number, more: Partial<TrackedEvent> = {}): TrackedEvent => ({
  eventId,
  tenantId: 'tenant-a',
  method: 'GET',
  path: '/api',
  status: 200,
  latencyMs: 1.5,
  timestamp: new Date(time).toISOString(),
  ...more,
});
const since = async (storage: EventStorage, from: number): Promise<readonly TrackedEvent[]> => {
  const events: TrackedEvent[] = [];
  for await (const page of storage.since(from)) events.push(...page);
  return events;
};
const ids = (events: readonly TrackedEvent[]) => events.map(({ eventId }) => eventId);

describe.each(['memory', 'redis'] as const)('%s', (name) => {
  const start = Date.now();
  let now = start;
  let storage: EventStorage;
  beforeAll(async () => {
    ({ storage } = await opened[name](() => now));
  });
  afterAll(() => storage.close());

  test('gives back what it was given, oldest first, from an instant on', async () => {
    const events = [event('b', start - 10, { error: 'über "quoted"' }), event('a', start - 20), event('c', start)];
    expect(await storage.add(events)).toBe(3);
    expect(await since(storage, 0)).toEqual([events[1], events[0], events[2]]);
    expect(ids(await since(storage, start - 10))).toEqual(['b', 'c']);
    expect(ids(await since(storage, start + 1))).toEqual([]);
  });

  test('counts an event that is sent again once, and equal ones with ids of their own twice', async () => {
    expect(await storage.add([event('a', start - 20), event('d', start), event('d', start)])).toBe(1);
    expect(await storage.add([event('e', start)])).toBe(1);
    expect(await storage.add([])).toBe(0);
    expect((await since(storage, start - 20)).map(({ eventId }) => eventId).toSorted()).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
  });

  test('an id counts once for its tenant, whatever else the event says, for as long as it is kept', async () => {
    const again = [event('a', start - 15, { latencyMs: 9 }), event('e', start, { error: 'later' })];
    expect(await storage.add(again)).toBe(0);
    expect(await storage.add([event('e', start, { tenantId: 'tenant-b' })])).toBe(1);
  });

  test('says how much it holds', async () => {
    expect(await storage.stats()).toMatchObject({
      events: 6,
      oldest: new Date(start - 20).toISOString(),
      newest: new Date(start).toISOString(),
      dropped: 0,
    });
  });

  test('many events, also of one instant, come in pages: each once, in order, all or the newest ones', async () => {
    const { storage: many } = await opened[name](() => now);
    const events = Array.from({ length: 4000 }, (_, at) => event(`n${at}`, start - Math.max(0, at - 2500)));
    const together = Array.from({ length: 90 }, (_, at) => event(`t${at}`, start + 1));
    await many.add(events);
    await many.add(together);
    const all = await since(many, 0);
    expect(ids(all).toSorted()).toEqual(ids([...events, ...together]).toSorted());
    expect(all.map(timeOf)).toEqual(all.map(timeOf).toSorted());
    expect(await many.count(start)).toBe(2591);
    expect(ids(await many.newest(start, 90)).toSorted()).toEqual(ids(together).toSorted());
    expect((await many.newest(0, 2700)).map(timeOf)).toEqual(all.slice(-2700).map(timeOf));
    expect(await many.newest(start, 5000)).toHaveLength(2591);
    expect(await many.newest(start + 2, 5)).toEqual([]);
    await many.close();
  });

  test('forgets by age', async () => {
    now = start + RETENTION_MS - 5;
    expect(ids(await since(storage, 0)).toSorted()).toEqual(['c', 'd', 'e', 'e']);
    // Its id may come again now.
    expect(await storage.add([event('f', now), event('a', now)])).toBe(2);
    expect(await storage.stats()).toMatchObject({ events: 6, oldest: new Date(start).toISOString() });
  });
});

test('redis: one sorted set, scored by time, with a time to live, trimmed when events come', async () => {
  let now = Date.now();
  const { storage, key } = await opened.redis(() => now);
  const first = event('a', now);
  await storage.add([first]);
  const member = JSON.stringify(first);
  expect(await ask(server.endpoint, 'ZRANGE', key, '0', '5')).toEqual([member]);
  expect(Number(await ask(server.endpoint, 'ZSCORE', key, member))).toBe(now);
  await ask(server.endpoint, 'ZADD', key, String(now), 'by hand', String(now), '{"tenantId":1}');
  expect(await since(storage, 0)).toEqual([first]);
  expect(Number(await ask(server.endpoint, 'PTTL', key))).toBeGreaterThan(RETENTION_MS - 10_000);
  now += RETENTION_MS + 1;
  await storage.add([event('b', now)]);
  expect(await ask(server.endpoint, 'ZCARD', key)).toBe(1);
  expect(await ask(server.endpoint, 'ZCARD', `${key}:ids`)).toBe(1);
  await ask(server.endpoint, 'DEL', key);
  expect(await storage.add([event('b', now)])).toBe(1);
  await storage.close();
});

test('redis: what cannot be acknowledged is refused', async () => {
  const { storage } = await opened.redis(Date.now);
  // A server that refuses writes still answers: readiness must see that too.
  await ask(server.endpoint, 'CONFIG', 'SET', 'min-replicas-to-write', '1');
  await expect(storage.check()).rejects.toThrow('NOREPLICAS');
  await expect(storage.add([event('a', Date.now())])).rejects.toMatchObject({ status: 503 });
  await ask(server.endpoint, 'CONFIG', 'SET', 'min-replicas-to-write', '0');
  await ask(server.endpoint, 'CONFIG', 'SET', 'maxmemory', '1');
  await expect(storage.add([event('a', Date.now())])).rejects.toMatchObject({ status: 503 });
  await ask(server.endpoint, 'CONFIG', 'SET', 'maxmemory', '0');
  await expect(storage.add([event('a', Date.now())])).resolves.toBe(1);

  await ask(server.endpoint, 'CLIENT', 'PAUSE', '1000', 'ALL');
  await expect(storage.add([event('frozen', Date.now())])).rejects.toMatchObject({ status: 503 });
  await expect(storage.check()).rejects.toThrow('Command timed out');

  await server.kill();
  await expect(storage.add([event('b', Date.now())])).rejects.toMatchObject({ status: 503 });
  await expect(since(storage, 0)).rejects.toMatchObject({ status: 503 });
  await storage.close();
});
