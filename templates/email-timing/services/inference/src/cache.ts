/** Histories in Redis, for a while. A cache that does not answer is not waited for: the answer is slower then. */
import { Redis } from 'ioredis';
import { z } from 'zod';
import { HOURS_PER_WEEK } from './prior.ts';
import type { History } from './score.ts';

export interface CacheOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly ttlS: number;
  /** For recipients without a history, whose first events should count soon. */
  readonly emptyTtlS: number;
  readonly onError: (error: Error) => void;
}

export interface HistoryCache {
  /** Undefined: not there. @throws when Redis does not answer. */
  get(key: string): Promise<History | undefined>;
  /** @throws when Redis does not answer. */
  put(key: string, history: History): Promise<void>;
  check(): Promise<void>;
  close(): Promise<void>;
}

const counts = z.array(z.int().min(0)).length(HOURS_PER_WEEK);
const stored = z.object({ opens: counts, clicks: counts });

export function openCache({ host, port, timeoutMs, ttlS, emptyTtlS, onError }: CacheOptions): HistoryCache {
  const redis = new Redis({
    host,
    port,
    connectTimeout: 1000,
    commandTimeout: timeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(2000, attempt * 100),
  });
  redis.on('error', onError);
  return {
    async get(key) {
      const text = await redis.get(key);
      return text === null ? undefined : parse(text);
    },
    async put(key, history) {
      const empty = [...history.opens, ...history.clicks].every((count) => count === 0);
      await redis.set(key, JSON.stringify(history), 'EX', empty ? emptyTtlS : ttlS);
    },
    async check() {
      await redis.ping();
    },
    async close() {
      // On a client that has ended already this would keep the process for two seconds.
      if (redis.status !== 'end') redis.disconnect();
    },
  };
}

/** Undefined for a text that another program has written under this key. */
function parse(text: string): History | undefined {
  try {
    const result = stored.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
