import { expect, test } from 'vitest';
import { createCache } from '../../../templates/cache-api/services/opalmind-api/src/cache.ts';
import { createMemoryStore } from '../../../templates/cache-api/services/opalmind-api/src/stores/memory-store.ts';
import { createWaitBudget } from '../../../templates/cache-api/services/opalmind-api/src/wait-budget.ts';

test('those who join a load get its value without waiting until it is kept, and nobody loads it again meanwhile', async () => {
  const keeping = open<void>();
  const loading = open<string>();
  const memory = createMemoryStore({ maxEntries: 10, now: Date.now });
  const cache = createCache({ store: { ...memory, write: () => keeping.promise }, ttlMs: 1000 });
  let loads = 0;
  const load = (): Promise<string> => {
    loads += 1;
    return loading.promise;
  };
  const first = cache.get('key', load, createWaitBudget());
  const second = cache.get('key', load, createWaitBudget());
  loading.resolve('value');
  expect(await second).toEqual({ value: 'value', cached: false });
  expect(await cache.get('key', load, createWaitBudget())).toEqual({ value: 'value', cached: false });
  expect(loads).toBe(1);
  keeping.resolve();
  expect(await first).toEqual({ value: 'value', cached: false });
});

/** A promise that the test settles. */
function open<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
