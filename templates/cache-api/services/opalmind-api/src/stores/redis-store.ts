import { RedisAway } from '../redis-errors.ts';
import type { RedisLink } from '../redis-link.ts';
import type { WaitBudget } from '../wait-budget.ts';
import type { EntryCount, Store } from './store.ts';

export interface RedisStoreOptions {
  readonly link: RedisLink;
  readonly prefix: string;
}

const KEYS_PER_SCAN = 1000;

/** For every instance of the API. Each call throws RedisAway when Redis cannot be used. */
export function createRedisStore({ link, prefix }: RedisStoreOptions): Store {
  const full = (key: string): string => prefix + key;
  return {
    place: () => 'redis',
    read: async (key, budget) => (await link.run(budget, (redis) => redis.get(full(key)))) ?? undefined,
    write: async (key, value, ttlMs, budget) => {
      await link.run(budget, (redis) => redis.set(full(key), value, 'PX', ttlMs));
    },
    claim: async (key, value, ttlMs, budget) => {
      const held = await link.run(budget, (redis) => redis.claimKey(full(key), value, ttlMs));
      return { held, place: 'redis' };
    },
    complete: async (key, { claimed, value = '', ttlMs }, budget) => {
      await link.run<unknown>(budget, (redis) =>
        claimed === undefined
          ? redis.set(full(key), value, 'PX', ttlMs)
          : redis.completeKey(full(key), claimed, value, ttlMs),
      );
    },
    count: (budget) => countKeys(link, `${escapeGlob(prefix)}*`, budget),
  };
}

async function countKeys(link: RedisLink, pattern: string, budget: WaitBudget): Promise<EntryCount> {
  const seen = new Set<string>();
  let cursor = '0';
  do {
    if (budget.leftMs() <= 0) return { entries: seen.size, complete: false };
    const from = cursor;
    const step = await link
      .run(budget, (redis) => redis.scan(from, 'MATCH', pattern, 'COUNT', KEYS_PER_SCAN))
      .catch((error: unknown) => {
        // The budget ended in the middle; Redis is there.
        if (error instanceof RedisAway && link.fault() === undefined && from !== '0') return undefined;
        throw error;
      });
    if (step === undefined) return { entries: seen.size, complete: false };
    const [next, keys] = step;
    // SCAN may name a key twice.
    for (const key of keys) seen.add(key);
    cursor = next;
  } while (cursor !== '0');
  return { entries: seen.size, complete: true };
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}
