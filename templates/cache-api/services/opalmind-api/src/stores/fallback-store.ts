import type { Log } from '../../../../../../src/service-kit/log.ts';
import { createPatience } from '../patience.ts';
import { RedisAway, type RedisLink } from '../redis-link.ts';
import type { Settlement, Store } from './store.ts';

export interface FallbackStoreOptions {
  readonly link: RedisLink;
  readonly redis: Store;
  readonly memory: Store;
  /** Outcomes that are kept for Redis while it is away; the oldest go first. */
  readonly maxDebts: number;
  /** Milliseconds of a clock. */
  readonly now: () => number;
  readonly log: Log;
}

interface Debt extends Omit<Settlement, 'ttlMs'> {
  readonly expiresAt: number;
}

/** What one outcome that is owed may take. */
const PAY_PATIENCE_MS = 1000;

/**
 * Redis while it can be used, else memory. Memory is asked first: it holds what was written while Redis was away, and
 * every outcome that this instance has settled, so that a repeated call is recognised also when Redis is gone. What was
 * settled without Redis is written to it when it is back.
 */
export function createFallbackStore(options: FallbackStoreOptions): Store {
  const { link, redis, memory, maxDebts, now, log } = options;
  const debts = new Map<string, Debt>();

  const owe = (key: string, { claimed, value, ttlMs }: Settlement): void => {
    debts.delete(key);
    debts.set(key, { claimed, value, expiresAt: now() + ttlMs });
    const [oldest] = debts.keys();
    if (debts.size > maxDebts && oldest !== undefined) debts.delete(oldest);
  };
  const pay = async (): Promise<void> => {
    const count = debts.size;
    for (const [key, debt] of debts) {
      const ttlMs = debt.expiresAt - now();
      if (ttlMs > 0) await redis.settle(key, { ...debt, ttlMs }, createPatience(PAY_PATIENCE_MS));
      if (debts.get(key) === debt) debts.delete(key);
    }
    if (count > 0) log.info('Wrote to Redis what was kept in memory while it was away', { entries: count });
  };
  link.onConnected(() => void pay().catch(rethrowUnlessAway));

  return {
    place: () => (link.fault() === undefined ? 'redis' : 'memory'),
    read: async (key, patience) =>
      (await memory.read(key, patience)) ??
      (await fallBack(
        () => redis.read(key, patience),
        async () => undefined,
      )),
    write: (key, value, ttlMs, patience) =>
      fallBack(
        () => redis.write(key, value, ttlMs, patience),
        () => memory.write(key, value, ttlMs, patience),
      ),
    claim: async (key, value, ttlMs, patience) => {
      const known = await memory.read(key, patience);
      if (known !== undefined) return { held: known, place: 'memory' };
      return fallBack(
        () => redis.claim(key, value, ttlMs, patience),
        () => {
          // A Redis that hangs may still carry out what it was sent, and nobody would settle that.
          owe(key, { claimed: value, value: undefined, ttlMs });
          return memory.claim(key, value, ttlMs, patience);
        },
      );
    },
    settle: async (key, settlement, patience) => {
      await memory.settle(key, settlement, patience);
      await fallBack(
        async () => {
          await redis.settle(key, settlement, patience);
          debts.delete(key);
        },
        async () => owe(key, settlement),
      );
    },
    count: (patience) =>
      fallBack(
        () => redis.count(patience),
        () => memory.count(patience),
      ),
  };
}

async function fallBack<Answer>(first: () => Promise<Answer>, second: () => Promise<Answer>): Promise<Answer> {
  try {
    return await first();
  } catch (error) {
    rethrowUnlessAway(error);
    return second();
  }
}

function rethrowUnlessAway(error: unknown): void {
  if (!(error instanceof RedisAway)) throw error;
}
