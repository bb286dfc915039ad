import type { Stoppable } from 'stackctl/service-kit';
import { RedisAway } from '../redis-errors.ts';
import { waitAtMost } from '../wait-budget.ts';
import { type BacklogOptions, createBacklog } from './backlog.ts';
import type { Store } from './store.ts';

export interface FallbackStoreOptions extends Omit<BacklogOptions, 'redis'> {
  readonly redis: Store;
  readonly memory: Store;
}

/**
 * Redis while it can be used, else memory. Memory is asked first: it holds what was written while Redis was away, and
 * every outcome of this instance, so that a repeated call is recognised also when Redis is gone. An outcome that Redis
 * does not have yet stands in the backlog: its request waits no longer than its budget allows, the writing goes on
 * without it. `stop` writes what is left.
 */
export function createFallbackStore(options: FallbackStoreOptions): Store & Stoppable {
  const { link, redis, memory } = options;
  const backlog = createBacklog(options);
  return {
    name: 'outcomes for Redis',
    place: () => (link.fault() === undefined ? 'redis' : 'memory'),
    read: async (key, budget) =>
      (await memory.read(key, budget)) ??
      (await orElse(
        () => redis.read(key, budget),
        async () => undefined,
      )),
    write: (key, value, ttlMs, budget) =>
      orElse(
        () => redis.write(key, value, ttlMs, budget),
        () => memory.write(key, value, ttlMs, budget),
      ),
    claim: async (key, value, ttlMs, budget) => {
      const known = await memory.read(key, budget);
      if (known !== undefined) return { held: known, place: 'memory' };
      return orElse(
        () => redis.claim(key, value, ttlMs, budget),
        () => {
          // A Redis that hangs may still carry out what it was sent: that claim must be taken back.
          backlog.add(key, { claimed: value, value: undefined, ttlMs });
          backlog.start();
          return memory.claim(key, value, ttlMs, budget);
        },
      );
    },
    complete: async (key, completion, budget) => {
      await memory.complete(key, completion, budget);
      backlog.add(key, completion);
      if (link.fault() === undefined) await waitAtMost(budget, backlog.write(key));
    },
    count: (budget) =>
      orElse(
        () => redis.count(budget),
        () => memory.count(budget),
      ),
    stop: backlog.stop,
  };
}

async function orElse<Answer>(first: () => Promise<Answer>, second: () => Promise<Answer>): Promise<Answer> {
  try {
    return await first();
  } catch (error) {
    if (!(error instanceof RedisAway)) throw error;
    return second();
  }
}
