import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect } from '../../../templates/event-tracking/services/backend/src/storage/connection.ts';
import { entryNames, takeOver } from '../../../templates/event-tracking/services/backend/src/storage/log.ts';
import type { EventStorage } from '../../../templates/event-tracking/services/backend/src/storage/storage.ts';
import { openRandom } from '../../support/random.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { ask, connectTo } from '../../support/redis-side.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  addAsEarlier,
  drawnEvents,
  event,
  expectExact,
  LOG,
  openStorage,
  RETENTION_MS,
  urlOf,
} from './stored-events.ts';

const SPREAD = { spreadMs: 50_000 };
const draw = openRandom('figures of stored events');

let server: RedisServer;
let keys = 0;
let key = '';
let now = 0;
let opened: EventStorage[] = [];
beforeAll(async () => {
  server = await startRedisServer('--appendonly', 'yes');
});
beforeEach(() => {
  keys += 1;
  key = `sentinel:events:${keys}`;
  now = Date.now();
});
afterEach(async () => {
  for (const storage of opened) await storage.close();
  opened = [];
});
afterAll(() => server[Symbol.asyncDispose]());

async function open(endpoint = server.endpoint): Promise<EventStorage> {
  const storage = await openStorage(endpoint, key, () => now);
  opened.push(storage);
  return storage;
}
const redis = (command: string, ...args: readonly string[]) => ask(server.endpoint, command, ...args);
const exact = (endpoint = server.endpoint) => expectExact(opened, { endpoint, key, now });
const drawn = (name: string, count: number) => drawnEvents(draw, name, count, { end: now, ...SPREAD });

test('two backends: events of both, in any order, sent twice, count once in each', async () => {
  const [one, two] = [await open(), await open()];
  expect(await exact()).toBe(0);
  const events = drawn('a', 3000);
  for (let at = 0; at < events.length; at += 500) {
    await (at % 1000 === 0 ? one : two).add(events.slice(at, at + 500));
    if (at === 1000) expect(await exact()).toBe(1500);
  }
  expect(await two.add(events.slice(100, 200))).toBe(0);
  expect(await one.add([event('a-1', now, { tenantId: 'tenant-x', latencyMs: 0.109 }), ...events.slice(0, 3)])).toBe(1);
  expect(await exact()).toBe(3001);
});

test('events by age: those that are no longer kept do not count, and leave the log', async () => {
  const storage = await open();
  await storage.add(drawn('old', 1000));
  now += RETENTION_MS - 25_000;
  expect(await exact()).toBeLessThan(1000);
  await storage.add(drawn('new', 1000));
  expect(await exact()).toBeGreaterThan(1000);
  now += RETENTION_MS + 1;
  await storage.add([event('last', now)]);
  expect(await exact()).toBe(1);
  expect(await redis('XLEN', `${key}:log`)).toBe(1);
  for (const part of [':log', ':log:state'])
    expect(Number(await redis('PTTL', `${key}${part}`))).toBeGreaterThan(RETENTION_MS - 10_000);
  // An id that is sent again when its event is no longer kept is another event.
  expect(await storage.add([event('old-1', now)])).toBe(1);
  expect(await exact()).toBe(2);
});

test('a backend that starts again, and one that comes later, count what others have stored', async () => {
  const first = await open();
  // Much more than is read of the log at once, and large entries.
  const named = drawn('a', 3000).map((one) => ({ ...one, tenantId: one.tenantId.repeat(20) }));
  for (let at = 0; at < 3000; at += 3) await first.add(named.slice(at, at + 3));
  await first.add(drawn('b', 1000));
  await open();
  expect(await exact()).toBe(4000);
  await first.close();
  opened = opened.slice(1);
  await open();
  expect(await exact()).toBe(4000);
});

test('what an earlier version has stored is taken over, whatever is in it', async () => {
  const odd = [
    event('surrogate', now, { tenantId: '\ud800 half', latencyMs: 1e-7 }),
    event('quoted', now, { tenantId: 'a "quoted", [name]\n', error: '' }),
  ];
  // More than are taken over at once, all of one instant.
  const together = Array.from({ length: 2600 }, (_, at) => event(`together-${at}`, now - 30_000, { latencyMs: at }));
  for (const events of [odd, together, drawn('earlier', 1500)]) await addAsEarlier(server.endpoint, key, events, now);
  const raw = connectTo(server.endpoint);
  await raw.connect();
  await raw.zadd(key, now, 'by hand', now, '{"tenantId":1}', now - 3, Buffer.from([0xff, 0xfe]), 'inf', 'for ever');
  raw.disconnect();
  await open();
  const another = await open();
  expect(await exact()).toBe(4102);
  await another.add(drawn('later', 300));
  expect(await exact()).toBe(4402);
});

test('writes go on while an earlier version is taken over, and nothing is missing or counted twice', async () => {
  await addAsEarlier(server.endpoint, key, drawn('earlier', 7000), now);
  const writer = await open();
  const reader = await open();
  const events = drawn('meanwhile', 600);
  const asked = reader.topByErrors(0, 10);
  for (let at = 0; at < events.length; at += 10) {
    await writer.add(events.slice(at, at + 10));
    await nextTurn();
  }
  await asked;
  expect(await exact()).toBe(7600);
});

test('events that change between the reading and the writing of a take-over', async () => {
  await addAsEarlier(server.endpoint, key, drawn('earlier', 500), now);
  const { client, ask: question } = connect({ url: urlOf(server.endpoint), log: LOG });
  let asked = 0;
  const ask = async <Answer>(command: () => Promise<Answer>): Promise<Answer> => {
    const answer = await question(command);
    asked += 1;
    // As many as before, but not the same.
    if (asked === 1) {
      await redis('ZREMRANGEBYRANK', key, '250', '250');
      await addAsEarlier(server.endpoint, key, drawn('between', 1), now);
    }
    return answer;
  };
  const keysOf = [key, `${key}:ids`, `${key}:log`, `${key}:log:state`] as const;
  await takeOver({ client, ask }, keysOf, entryNames(), '-inf');
  expect(asked).toBe(2);
  client.disconnect();
  await open();
  expect(await exact()).toBe(500);
});

test('an earlier version that still runs beside this one', async () => {
  const storage = await open();
  await storage.add(drawn('a', 1000));
  expect(await exact()).toBe(1000);
  await addAsEarlier(server.endpoint, key, drawn('b', 700), now);
  expect(await exact()).toBe(1700);
  await addAsEarlier(server.endpoint, key, drawn('c', 10), now);
  await storage.add(drawn('d', 500));
  expect(await exact()).toBe(2210);
});

const BY_HAND: Readonly<Record<string, () => Promise<unknown>>> = {
  'one event is deleted': () => redis('ZREMRANGEBYRANK', key, '100', '100'),
  'the older half is deleted': () => redis('ZREMRANGEBYRANK', key, '0', '499'),
  'all events are deleted': () => redis('DEL', key),
  'an event is added': () => redis('ZADD', key, String(now), JSON.stringify(event('by hand', now))),
  'the log is deleted': () => redis('DEL', `${key}:log`),
  'a part of the log is deleted': () => redis('XTRIM', `${key}:log`, 'MAXLEN', '1'),
  'the state of the log is deleted': () => redis('DEL', `${key}:log:state`),
  'everything is deleted': () => redis('FLUSHALL'),
};
test.each(Object.keys(BY_HAND))('%s by hand', async (what) => {
  const storage = await open();
  for (const name of ['a', 'b']) await storage.add(drawn(name, 500));
  await exact();
  await BY_HAND[what]?.();
  await exact();
  await storage.add(drawn('c', 700));
  await open();
  expect(await exact()).toBeGreaterThanOrEqual(700);
  expect(await exact()).toBe(Number(await redis('ZCARD', key)));
});

test('a server whose last events another one has never got, and that goes on with those of the other one', async () => {
  await using left = await startRedisServer('--repl-diskless-sync-delay', '0');
  await using right = await startRedisServer('--repl-diskless-sync-delay', '0');
  const password = left.endpoint.password ?? '';
  for (const { endpoint } of [left, right]) await ask(endpoint, 'CONFIG', 'SET', 'masterauth', password);
  const follow = async (replica: RedisServer, master: RedisServer): Promise<void> => {
    await ask(replica.endpoint, 'REPLICAOF', '127.0.0.1', String(master.endpoint.port));
    await waitFor('the replica', async () =>
      /master_link_status:up/.test(String(await ask(replica.endpoint, 'INFO', 'replication'))),
    );
  };
  await follow(right, left);
  const onLeft = await open(left.endpoint);
  await onLeft.add(drawn('both', 500));
  expect(await exact(left.endpoint)).toBe(500);
  await waitFor('the events on the replica', async () => (await ask(right.endpoint, 'ZCARD', key)) === 500);
  await ask(right.endpoint, 'REPLICAOF', 'NO', 'ONE');
  for (let at = 0; at < 20; at += 1) await onLeft.add(drawn(`lost-${at}`, 10));
  expect(await exact(left.endpoint)).toBe(700);
  const onRight = await openStorage(right.endpoint, key, () => now);
  for (let at = 0; at < 30; at += 1) await onRight.add(drawn(`kept-${at}`, 10));
  await onRight.close();
  // Its clients keep their connections.
  await follow(left, right);
  await ask(left.endpoint, 'REPLICAOF', 'NO', 'ONE');
  expect(await exact(left.endpoint)).toBe(800);
  await onLeft.add(drawn('later', 100));
  expect(await exact(left.endpoint)).toBe(900);
});

test('a server that came back empty, and was filled again before anybody looked', async () => {
  const storage = await open();
  await storage.add(drawn('a', 800));
  await exact();
  await redis('FLUSHALL');
  await storage.add(drawn('b', 800));
  expect(await exact()).toBe(800);
});

test('another log whose last entry has the id of the one that was read last', async () => {
  const storage = await open();
  await storage.add(drawn('a', 3));
  await exact();
  const [[id = ''] = []] = (await redis('XRANGE', `${key}:log`, '-', '+')) as readonly (readonly string[])[];
  await redis('FLUSHALL');
  await redis('ZADD', key, String(now), JSON.stringify(event('other', now, { tenantId: 'other' })));
  await redis('XADD', `${key}:log`, id, `${now}:other:1`, `${now},1.5,0,"other",`);
  await redis('HSET', `${key}:log:state`, 'events', '1', 'entries', '1', 'logged', '+inf');
  expect(await exact()).toBe(1);
});

test('a figure has every event that was acknowledged before it was asked for, while others come', async () => {
  const [writer, reader] = [await open(), await open()];
  let acknowledged = 0;
  let sent = 0;
  const events = drawn('a', 4000);
  const writing = (async () => {
    for (let at = 0; at < events.length; at += 10) {
      sent += 10;
      acknowledged += await writer.add(events.slice(at, at + 10));
    }
  })();
  const askAgainAndAgain = async (): Promise<void> => {
    while (acknowledged < events.length) {
      const least = acknowledged;
      const tenants = await reader.topByErrors(0, 100);
      const count = tenants.reduce((sum, one) => sum + one.count, 0);
      expect(count).toBeGreaterThanOrEqual(least);
      expect(count).toBeLessThanOrEqual(sent);
    }
  };
  await Promise.all(Array.from({ length: 32 }, askAgainAndAgain));
  await writing;
  expect(await exact()).toBe(4000);
});

test('without Redis there are no figures', async () => {
  await using away = await startRedisServer();
  const storage = await open(away.endpoint);
  await storage.add([event('a', now)]);
  expect(await storage.topByErrors(0, 1)).toHaveLength(1);
  await away.kill();
  await expect(storage.topByErrors(0, 1)).rejects.toMatchObject({ status: 503 });
  await expect(storage.topByLatency(0, 1)).rejects.toMatchObject({ status: 503 });
});
