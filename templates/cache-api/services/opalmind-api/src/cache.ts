import type { EntryCount, Place, Store } from './stores/store.ts';
import type { WaitBudget } from './wait-budget.ts';

export interface CacheOptions {
  readonly store: Store;
  readonly ttlMs: number;
}

export interface CachedValue {
  readonly value: unknown;
  /** True: it was not loaded this time. */
  readonly cached: boolean;
}

/** `hits` and `misses`: of this instance since it started; `entries`: all there are where the cache is kept. */
export interface CacheStats extends EntryCount {
  readonly store: Place;
  readonly hits: number;
  readonly misses: number;
  /** Share of hits, 0 to 1; null before the first request. */
  readonly hitRate: number | null;
  readonly ttlS: number;
}

export interface Cache {
  /** The value of the key; `load` is called for it when it is not there, once for all that wait for it. */
  get(key: string, load: () => Promise<unknown>, budget: WaitBudget): Promise<CachedValue>;
  stats(budget: WaitBudget): Promise<CacheStats>;
}

export function createCache({ store, ttlMs }: CacheOptions): Cache {
  const loads = new Map<string, Promise<unknown>>();
  let hits = 0;
  let misses = 0;

  /** Until it is written, it is not loaded again; the requests that wait for the value do not wait for the writing. */
  const loadAndKeep = async (key: string, load: () => Promise<unknown>, budget: WaitBudget): Promise<unknown> => {
    const loading = load();
    loads.set(key, loading);
    try {
      const value = await loading;
      await store.write(key, JSON.stringify(value), ttlMs, budget);
      return value;
    } finally {
      loads.delete(key);
    }
  };
  return {
    get: async (key, load, budget) => {
      const text = await store.read(key, budget);
      if (text !== undefined) {
        hits += 1;
        return { value: JSON.parse(text), cached: true };
      }
      misses += 1;
      return { value: await (loads.get(key) ?? loadAndKeep(key, load, budget)), cached: false };
    },
    stats: async (budget) => ({
      hits,
      misses,
      hitRate: hits + misses === 0 ? null : Math.round((hits / (hits + misses)) * 1000) / 1000,
      ...(await store.count(budget)),
      store: store.place(),
      ttlS: ttlMs / 1000,
    }),
  };
}
