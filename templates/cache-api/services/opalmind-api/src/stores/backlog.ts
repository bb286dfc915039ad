/** Outcomes that Redis does not have yet. Each is written to it as soon as it can be used, and at the end of the program. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Log, pause } from 'stackctl/service-kit';
import { RedisAway } from '../redis-errors.ts';
import type { RedisLink } from '../redis-link.ts';
import { createWaitBudget } from '../wait-budget.ts';
import type { Completion, Store } from './store.ts';

export interface BacklogOptions {
  readonly link: Pick<RedisLink, 'fault' | 'onConnected'>;
  readonly redis: Pick<Store, 'complete'>;
  /** Outcomes that are kept until Redis has them; the oldest go first. */
  readonly maxBacklog: number;
  /** Milliseconds of a clock. */
  readonly now: () => number;
  readonly log: Log;
}

export interface Backlog {
  /** From now on Redis is to get this outcome, instead of an older one of the same key. */
  add(key: string, completion: Completion): void;
  /** One attempt at this key now; after one that failed, writing goes on in the background. */
  write(key: string): Promise<void>;
  /** Writes everything in the background while Redis can be used. */
  start(): void;
  /** Writes what is left, for about two seconds at most. */
  stop(): Promise<void>;
}

interface Pending extends Omit<Completion, 'ttlMs'> {
  readonly expiresAt: number;
}

type Item = readonly [key: string, pending: Pending];

/** What writing one outcome may take, however long its request has waited for Redis before: no request waits for it. */
const WRITE_MS = 1000;
/** Outcomes that are written at the same time. */
const WRITES_AT_ONCE = 200;
/** Milliseconds before the next attempt at what a Redis without a fault did not take. */
const AGAIN_MS = 500;
/** Milliseconds that the end of the program spends on a Redis that is away, or does not take the outcomes. */
const LAST_ATTEMPTS_MS = 2000;
const LAST_ATTEMPT_EVERY_MS = 50;

export function createBacklog(options: BacklogOptions): Backlog {
  const { link, now, log } = options;
  const state: State = { ...options, pending: new Map(), underWay: new Set() };
  const stopped = new AbortController();
  let writing: Promise<void> | undefined;
  // One writer at a time.
  const start = (): void => {
    writing ??= writeAll(state, stopped.signal).finally(() => {
      writing = undefined;
    });
  };
  link.onConnected(start);
  return {
    add: (key, { claimed, value, ttlMs }) => add(state, key, { claimed, value, expiresAt: now() + ttlMs }),
    write: async (key) => {
      const pending = state.pending.get(key);
      if (pending !== undefined && !(await write(state, [key, pending]))) start();
    },
    start,
    stop: async () => {
      stopped.abort();
      await writing;
      await writeLast(state);
      if (state.pending.size > 0) {
        log.warn('Redis did not get what was kept in memory', { entries: state.pending.size });
      }
    },
  };
}

interface State extends BacklogOptions {
  /** Key -> its latest outcome, oldest first. */
  readonly pending: Map<string, Pending>;
  /** Those of them that have just been sent. */
  readonly underWay: Set<Pending>;
}

function add({ pending: all, maxBacklog }: State, key: string, pending: Pending): void {
  all.delete(key);
  all.set(key, pending);
  const [oldest] = all.keys();
  if (all.size > maxBacklog && oldest !== undefined) all.delete(oldest);
}

/** One attempt. False: Redis may not have it. */
async function write({ pending: all, underWay, redis, now }: State, [key, pending]: Item): Promise<boolean> {
  const ttlMs = pending.expiresAt - now();
  underWay.add(pending);
  try {
    if (ttlMs > 0) await redis.complete(key, { ...pending, ttlMs }, createWaitBudget(WRITE_MS));
  } catch (error) {
    if (!(error instanceof RedisAway)) throw error;
    return false;
  } finally {
    underWay.delete(pending);
  }
  if (all.get(key) === pending) all.delete(key);
  return true;
}

/** One attempt at each, while Redis can be used. */
async function writeEach(state: State, items: readonly Item[]): Promise<void> {
  let written = 0;
  for (let from = 0; from < items.length && state.link.fault() === undefined; from += WRITES_AT_ONCE) {
    // Without those that are written or replaced by now: what is sent later counts last.
    const batch = items
      .slice(from, from + WRITES_AT_ONCE)
      .filter(([key, pending]) => state.pending.get(key) === pending);
    const results = await Promise.all(batch.map((item) => write(state, item)));
    written += results.filter(Boolean).length;
  }
  if (written > 0) state.log.info('Wrote to Redis what was kept in memory meanwhile', { entries: written });
}

async function writeAll(state: State, stopped: AbortSignal): Promise<void> {
  const waiting = (): readonly Item[] => [...state.pending].filter(([, pending]) => !state.underWay.has(pending));
  while (state.link.fault() === undefined && !stopped.aborted) {
    await writeEach(state, waiting());
    if (waiting().length === 0) return;
    await pause(AGAIN_MS, stopped);
  }
}

async function writeLast(state: State): Promise<void> {
  const endsAt = performance.now() + LAST_ATTEMPTS_MS;
  // Also those under way: to write one twice changes nothing, and the second answer comes after the first.
  await writeEach(state, [...state.pending]);
  while (state.pending.size > 0 && performance.now() < endsAt) {
    await delay(LAST_ATTEMPT_EVERY_MS);
    await writeEach(state, [...state.pending]);
  }
}
