import { setTimeout as delay } from 'node:timers/promises';
import type { Log, Stoppable } from 'stackctl/service-kit';
import { createPatience, waitAtMost } from '../patience.ts';
import { RedisAway, type RedisLink } from '../redis-link.ts';
import type { Settlement, Store } from './store.ts';

export interface FallbackStoreOptions {
  readonly link: RedisLink;
  readonly redis: Store;
  readonly memory: Store;
  /** Outcomes that are kept until Redis has them; the oldest go first. */
  readonly maxDebts: number;
  /** Milliseconds of a clock. */
  readonly now: () => number;
  readonly log: Log;
}

/** An outcome that Redis is still to get. */
interface Debt extends Omit<Settlement, 'ttlMs'> {
  readonly expiresAt: number;
}

/** What one outcome may take, however long its request has waited for Redis before: nobody has to wait for it. */
const PAY_PATIENCE_MS = 1000;
/** Outcomes that are sent to Redis at once, when what was owed is paid. */
const DEBTS_AT_ONCE = 200;
/** Milliseconds before the next attempt at what a Redis without a fault did not take. */
const PAY_AGAIN_MS = 500;
/** Milliseconds that the end of the program spends on a Redis that is away, or does not take what it is owed. */
const LAST_ATTEMPTS_MS = 2000;
const LAST_ATTEMPT_EVERY_MS = 50;

/**
 * Redis while it can be used, else memory. Memory is asked first: it holds what was written while Redis was away, and
 * every outcome that this instance has settled, so that a repeated call is recognised also when Redis is gone. An outcome
 * is owed to Redis until Redis has taken it: its request waits for that no longer than its patience, the writing goes on
 * without it. `stop` pays what is owed.
 */
export function createFallbackStore(options: FallbackStoreOptions): Store & Stoppable {
  const { link, redis, memory, maxDebts, now, log } = options;
  const debts = new Map<string, Debt>();
  /** Those of them that have just been sent. */
  const underWay = new Set<Debt>();
  const stopped = new AbortController();
  let paying: Promise<void> | undefined;

  const owe = (key: string, { claimed, value, ttlMs }: Settlement): Debt => {
    const debt = { claimed, value, expiresAt: now() + ttlMs };
    debts.delete(key);
    debts.set(key, debt);
    const [oldest] = debts.keys();
    if (debts.size > maxDebts && oldest !== undefined) debts.delete(oldest);
    return debt;
  };
  /** Whether nothing is owed for this any more. */
  const pay = async (key: string, debt: Debt): Promise<boolean> => {
    const ttlMs = debt.expiresAt - now();
    underWay.add(debt);
    try {
      if (ttlMs > 0) await redis.settle(key, { ...debt, ttlMs }, createPatience(PAY_PATIENCE_MS));
    } catch (error) {
      rethrowUnlessAway(error);
      return false;
    } finally {
      underWay.delete(debt);
    }
    if (debts.get(key) === debt) debts.delete(key);
    return true;
  };
  /** One attempt at each. */
  const payEach = async (owed: readonly (readonly [string, Debt])[]): Promise<void> => {
    let paid = 0;
    for (let from = 0; from < owed.length && link.fault() === undefined; from += DEBTS_AT_ONCE) {
      // Settled or replaced by now: what is sent later counts last.
      const batch = owed.slice(from, from + DEBTS_AT_ONCE).filter(([key, debt]) => debts.get(key) === debt);
      const results = await Promise.all(batch.map(([key, debt]) => pay(key, debt)));
      paid += results.filter(Boolean).length;
    }
    if (paid > 0) log.info('Wrote to Redis what was kept in memory meanwhile', { entries: paid });
  };
  const resting = (): readonly (readonly [string, Debt])[] => [...debts].filter(([, debt]) => !underWay.has(debt));
  const payAll = async (): Promise<void> => {
    while (link.fault() === undefined && !stopped.signal.aborted) {
      await payEach(resting());
      if (resting().length === 0) return;
      await delay(PAY_AGAIN_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  /** One payer at a time. */
  const startPaying = (): void => {
    paying ??= payAll().finally(() => {
      paying = undefined;
    });
  };
  link.onConnected(startPaying);

  return {
    name: 'owed outcomes',
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
          startPaying();
          return memory.claim(key, value, ttlMs, patience);
        },
      );
    },
    settle: async (key, settlement, patience) => {
      await memory.settle(key, settlement, patience);
      const debt = owe(key, settlement);
      if (link.fault() !== undefined) return;
      const paid = pay(key, debt).then((isPaid) => (isPaid ? undefined : startPaying()));
      await waitAtMost(patience, paid);
    },
    count: (patience) =>
      fallBack(
        () => redis.count(patience),
        () => memory.count(patience),
      ),
    stop: async () => {
      stopped.abort();
      await paying;
      const endsAt = performance.now() + LAST_ATTEMPTS_MS;
      // Also those under way: to settle twice changes nothing, and the second answer comes after the first.
      await payEach([...debts]);
      while (debts.size > 0 && performance.now() < endsAt) {
        await delay(LAST_ATTEMPT_EVERY_MS);
        await payEach([...debts]);
      }
      if (debts.size > 0) log.warn('Redis did not get what was kept in memory', { entries: debts.size });
    },
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
