/** Memory and Redis keep the same promises. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../../packages/service-kit/src/log.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createRedisLink, type RedisLink } from '../../../templates/cache-api/services/opalmind-api/src/redis-link.ts';
import { createFallbackStore } from '../../../templates/cache-api/services/opalmind-api/src/stores/fallback-store.ts';
import { createMemoryStore } from '../../../templates/cache-api/services/opalmind-api/src/stores/memory-store.ts';
import { createRedisStore } from '../../../templates/cache-api/services/opalmind-api/src/stores/redis-store.ts';
import type { Store } from '../../../templates/cache-api/services/opalmind-api/src/stores/store.ts';
import { createWaitBudget } from '../../../templates/cache-api/services/opalmind-api/src/wait-budget.ts';
import { canRun } from '../../support/need.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { waitFor } from '../../support/wait-for.ts';

const MINUTE_MS = 60_000;
const STORES = ['memory', 'redis'] as const;

const log = createLog({ level: 'error', write: () => undefined });

let server: RedisServer;
let link: RedisLink;
async function openLink(): Promise<RedisLink> {
  const opened = createRedisLink({
    host: '127.0.0.1',
    port: server.endpoint.port,
    password: new Secret(server.endpoint.password ?? ''),
    db: 0,
    tls: false,
    log,
    stopping: new AbortController().signal,
  });
  await opened.firstConnection(5000);
  return opened;
}
beforeAll(async () => {
  if (!canRun('redis-server')) return;
  server = await startRedisServer();
  link = await openLink();
});
afterAll(async () => {
  await link?.stop();
  await server?.[Symbol.asyncDispose]();
});

describe.for(STORES)('%s', (place) => {
  let number = 0;
  const open = (): Store => {
    if (place === 'memory') return createMemoryStore({ maxEntries: 1000, now: Date.now });
    number += 1;
    return createRedisStore({ link, prefix: `test-${number}[*]:` });
  };
  const budget = () => createWaitBudget(5000);
  const testStore = test.skipIf(place === 'redis' && !canRun('redis-server'));

  testStore('reads what was written, until its time is over', async () => {
    const store = open();
    expect(store.place()).toBe(place);
    expect(await store.read('a', budget())).toBeUndefined();
    await store.write('a', '1', MINUTE_MS, budget());
    await store.write('b', '2', 30, budget());
    expect(await store.read('a', budget())).toBe('1');
    await waitFor('the end of b', async () => (await store.read('b', budget())) === undefined);
    expect(await store.count(budget())).toEqual({ entries: 1, complete: true });
  });

  testStore('gives a key to one of many that claim it at once', async () => {
    const store = open();
    const owners = Array.from({ length: 50 }, (_, index) => `owner-${index}`);
    const claims = await Promise.all(owners.map((owner) => store.claim('key', owner, MINUTE_MS, budget())));
    expect(claims.filter(({ held }, index) => held === owners[index])).toHaveLength(1);
    expect(new Set(claims.map(({ held }) => held))).toHaveLength(1);
  });

  testStore('lets only the owner complete a claim, frees it, and completes one that is gone', async () => {
    const store = open();
    await store.claim('key', 'mine', MINUTE_MS, budget());
    await store.complete('key', { claimed: 'theirs', value: 'wrong', ttlMs: MINUTE_MS }, budget());
    expect(await store.read('key', budget())).toBe('mine');
    await store.complete('key', { claimed: 'mine', value: undefined, ttlMs: MINUTE_MS }, budget());
    expect(await store.read('key', budget())).toBeUndefined();
    await store.complete('key', { claimed: 'mine', value: 'result', ttlMs: MINUTE_MS }, budget());
    expect((await store.claim('key', 'late', MINUTE_MS, budget())).held).toBe('result');
  });

  testStore('keeps what was not claimed, because nobody else knows its key, for its time', async () => {
    const store = open();
    await store.complete('own', { claimed: undefined, value: 'result', ttlMs: MINUTE_MS }, budget());
    await store.complete('short', { claimed: undefined, value: 'gone', ttlMs: 30 }, budget());
    expect((await store.claim('own', 'late', MINUTE_MS, budget())).held).toBe('result');
    await waitFor('the end of short', async () => (await store.read('short', budget())) === undefined);
  });
});

describe.skipIf(!canRun('redis-server'))('Redis with memory to fall back on', () => {
  const prefix = 'fallback:';
  const open = (over: RedisLink) =>
    createFallbackStore({
      link: over,
      redis: createRedisStore({ link: over, prefix }),
      memory: createMemoryStore({ maxEntries: 1000, now: Date.now }),
      maxBacklog: 1000,
      now: Date.now,
      log,
    });
  /** Of a request that has waited for Redis as long as it may. */
  const usedUp = () => createWaitBudget(0);
  const held = (key: string) => ask(server.endpoint, 'GET', prefix + key);
  const outcome = { claimed: 'mine', value: 'result', ttlMs: MINUTE_MS };

  test('a request that may not wait any longer has its outcome in Redis all the same, whatever became of its claim', async () => {
    const store = open(link);
    await store.claim('claimed', 'mine', MINUTE_MS, createWaitBudget(5000));
    await store.complete('claimed', outcome, usedUp());
    await store.claim('refused', 'mine', MINUTE_MS, usedUp());
    await store.complete('refused', outcome, usedUp());
    await waitFor('both outcomes', async () => {
      const both = [await held('claimed'), await held('refused')];
      return both.every((value) => value === 'result');
    });
    expect(link.fault()).toBeUndefined();
  });

  test('what Redis refuses is tried again, and keeps nothing else waiting', async () => {
    const store = open(link);
    await ask(server.endpoint, 'LPUSH', `${prefix}list`, 'not a text');
    await store.complete('list', outcome, usedUp());
    await store.complete('text', outcome, usedUp());
    await waitFor('the other outcome', async () => (await held('text')) === 'result');
    await ask(server.endpoint, 'DEL', `${prefix}list`);
    await waitFor('the outcome that was refused', async () => (await held('list')) === 'result');
    expect(link.fault()).toBeUndefined();
  });

  test('the end writes what is left to a Redis that hangs for a moment', async () => {
    const own = await openLink();
    const store = open(own);
    server.freeze();
    // The one who asked has waited no longer than it may; the end waits for Redis.
    await store.complete('late', outcome, createWaitBudget(100));
    const stopped = store.stop();
    server.thaw();
    await stopped;
    await own.stop();
    expect(await held('late')).toBe('result');
  });
});

test('memory holds no more than it may: the least recently used entry goes', async () => {
  const store = createMemoryStore({ maxEntries: 2, now: Date.now });
  const budget = createWaitBudget();
  await store.write('a', '1', MINUTE_MS, budget);
  await store.write('b', '2', MINUTE_MS, budget);
  await store.read('a', budget);
  await store.write('c', '3', MINUTE_MS, budget);
  const held = await Promise.all(['a', 'b', 'c'].map((key) => store.read(key, budget)));
  expect(held).toEqual(['1', undefined, '3']);
});
