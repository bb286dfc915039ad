import type { Redis } from 'ioredis';
import type { Patience } from '../patience.ts';
import { RedisAway, type RedisLink } from '../redis-link.ts';
import type { EntryCount, Store } from './store.ts';

export interface RedisStoreOptions {
  readonly link: RedisLink;
  readonly prefix: string;
}

/** KEYS: key; ARGV: claimed, final value or nothing, milliseconds to live. */
const SETTLE = `
local present = redis.call('GET', KEYS[1])
if present and present ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const KEYS_PER_SCAN = 1000;

/** For every instance of the API. Each call throws RedisAway when Redis cannot be used. */
export function createRedisStore({ link, prefix }: RedisStoreOptions): Store {
  const full = (key: string): string => prefix + key;
  return {
    place: () => 'redis',
    read: async (key, patience) => (await link.run(patience, (redis) => redis.get(full(key)))) ?? undefined,
    write: async (key, value, ttlMs, patience) => {
      await link.run(patience, (redis) => redis.set(full(key), value, 'PX', ttlMs));
    },
    claim: async (key, value, ttlMs, patience) => {
      const held = await link.run(patience, (redis) => setAndGet(redis, full(key), value, ttlMs));
      return { held, place: 'redis' };
    },
    settle: async (key, { claimed, value = '', ttlMs }, patience) => {
      await link.run(patience, (redis) => redis.eval(SETTLE, 1, full(key), claimed, value, ttlMs));
    },
    count: (patience) => countKeys(link, `${escapeGlob(prefix)}*`, patience),
  };
}

/** Both in one transaction, so that what is read is what the SET met. (`SET … NX GET` needs Redis 7.) */
async function setAndGet(redis: Redis, key: string, value: string, ttlMs: number): Promise<string> {
  const answers = (await redis.multi().set(key, value, 'PX', ttlMs, 'NX').get(key).exec()) ?? [];
  for (const [error] of answers) if (error !== null) throw error;
  const held = answers[1]?.[1];
  if (typeof held !== 'string') throw new Error('Redis kept neither the old value nor the new one');
  return held;
}

async function countKeys(link: RedisLink, pattern: string, patience: Patience): Promise<EntryCount> {
  const seen = new Set<string>();
  let cursor = '0';
  do {
    if (patience.leftMs() <= 0) return { entries: seen.size, complete: false };
    const from = cursor;
    const step = await link
      .run(patience, (redis) => redis.scan(from, 'MATCH', pattern, 'COUNT', KEYS_PER_SCAN))
      .catch((error: unknown) => {
        // The patience ended in the middle; Redis is there.
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
