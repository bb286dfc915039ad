import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { createIdempotency, type Outcome } from '../../../templates/cache-api/services/opalmind-api/src/idempotency.ts';
import { createMemoryStore } from '../../../templates/cache-api/services/opalmind-api/src/stores/memory-store.ts';
import type { Store } from '../../../templates/cache-api/services/opalmind-api/src/stores/store.ts';
import { createWaitBudget } from '../../../templates/cache-api/services/opalmind-api/src/wait-budget.ts';

/** Each instance of the API on the same store, as several on one Redis. */
function openInstance(store: Store, owner: string) {
  let owners = 0;
  const idempotency = createIdempotency({
    store,
    ttlMs: 60_000,
    claimMs: 5000,
    newOwner: () => `${owner}-${owners++}`,
  });
  return (send: () => Promise<unknown>, fingerprint = 'page', isOwnKey = false): Promise<Outcome> =>
    idempotency.once({ key: 'key', isOwnKey, fingerprint, send, budget: createWaitBudget() });
}

const memory = () => createMemoryStore({ maxEntries: 100, now: Date.now });

/** A call to the upstream that ends when the test says so. */
function openCall() {
  const upstream = new EventEmitter();
  const started = once(upstream, 'start');
  const ended = new Promise((resolve, reject) => {
    upstream.once('result', resolve).once('failure', reject);
  });
  let calls = 0;
  return {
    started,
    calls: () => calls,
    send: () => {
      calls += 1;
      upstream.emit('start');
      return ended;
    },
    succeed: () => upstream.emit('result', 'result'),
    fail: () => upstream.emit('failure', new Error('refused')),
  };
}

test('calls at the same moment share one, in one instance and over two', async () => {
  const store = memory();
  const [first, second] = [openInstance(store, 'a'), openInstance(store, 'b')];
  const call = openCall();
  const own = first(call.send);
  await call.started;
  const repeated = [first(call.send), second(call.send)];
  call.succeed();
  expect(await own).toEqual({ result: 'result', replayed: false });
  expect(await Promise.all(repeated)).toEqual(Array(2).fill({ result: 'result', replayed: true }));
  expect(call.calls()).toBe(1);
});

test('a failure is for all that wait for it, and for nobody after them', async () => {
  const instance = openInstance(memory(), 'a');
  const call = openCall();
  const waiting = Promise.allSettled([instance(call.send), instance(call.send)]);
  await call.started;
  call.fail();
  expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await instance(async () => 'later')).toEqual({ result: 'later', replayed: false });
});

test('a key belongs to one request, while it is carried out and afterwards', async () => {
  const instance = openInstance(memory(), 'a');
  const refused = { status: 422, field: 'idempotencyKey' };
  const call = openCall();
  const own = instance(call.send);
  await call.started;
  await expect(instance(call.send, 'another page')).rejects.toMatchObject(refused);
  call.succeed();
  await own;
  await expect(instance(call.send, 'another page')).rejects.toMatchObject(refused);
  expect(call.calls()).toBe(1);
});

test('a key that nobody else knows yet is not claimed; its result is there for whoever is told the key', async () => {
  const store = memory();
  const claimed: string[] = [];
  const watched: Store = {
    ...store,
    claim: (key, ...rest) => {
      claimed.push(key);
      return store.claim(key, ...rest);
    },
  };
  const instance = openInstance(watched, 'a');
  await expect(instance(() => Promise.reject(new Error('refused')), 'page', true)).rejects.toThrow('refused');
  expect(await instance(async () => 'first', 'page', true)).toEqual({ result: 'first', replayed: false });
  expect(claimed).toEqual([]);
  expect(await openInstance(store, 'b')(async () => 'second')).toEqual({ result: 'first', replayed: true });
});

test('nothing is sent when Redis goes away after it has named another instance that is sending', async () => {
  const shared = memory();
  const own = memory();
  let isShared = true;
  const fading: Store = {
    ...own,
    claim: async (key, value, ttlMs, budget) => {
      if (!isShared) return own.claim(key, value, ttlMs, budget);
      isShared = false;
      return { ...(await shared.claim(key, value, ttlMs, budget)), place: 'redis' };
    },
  };
  const call = openCall();
  const other = openInstance(shared, 'a')(call.send);
  await call.started;
  await expect(openInstance(fading, 'b')(call.send)).rejects.toMatchObject({ status: 503 });
  call.succeed();
  await other;
  expect(call.calls()).toBe(1);
});
