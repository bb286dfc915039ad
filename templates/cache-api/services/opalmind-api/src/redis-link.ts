/**
 * The connection to Redis, or the knowledge that there is none. A request gets an answer within its wait budget or a
 * RedisAway at once: after the first failure no request tries Redis again until a connection made in the background works.
 */
import { type Log, pause, type Stoppable } from 'stackctl/service-kit';
import { connect, disconnect, quit, type RedisTarget, within } from './redis-connect.ts';
import { isUnusable, NoAnswer, RedisAway, reasonOf } from './redis-errors.ts';
import type { RecordClient } from './redis-scripts.ts';
import { createRedisState, type RedisState } from './redis-state.ts';
import { createWaitBudget, REQUEST_WAIT_MS, type WaitBudget } from './wait-budget.ts';

export interface RedisLinkOptions extends RedisTarget {
  readonly log: Log;
  /** Aborts when the program is to end, with the name of the signal. */
  readonly stopping: AbortSignal;
}

export interface RedisLink extends Stoppable {
  /** Why there is no connection; undefined while there is one. */
  fault(): string | undefined;
  /**
   * Runs a command with the time that is left of the budget. No answer counts as the loss of the connection, unless
   * so little time was left that it says nothing about Redis.
   * @throws RedisAway when there is no connection, no answer in time, or an error for an answer.
   */
  run<Answer>(budget: WaitBudget, command: (redis: RecordClient) => Promise<Answer>): Promise<Answer>;
  /** Called after each new connection. */
  onConnected(listener: () => void): void;
  /** Ends with the first connection, after so many milliseconds, or when the program is to end. */
  firstConnection(withinMs: number): Promise<void>;
}

/** A Redis that hangs is found this soon although no request asks it anything. */
const HEARTBEAT_EVERY_MS = 500;
const HEARTBEAT_WAIT_MS = 300;
/** Milliseconds before the next attempt: so much more each time, up to the limit. */
const RETRY_STEP_MS = 50;
const RETRY_LIMIT_MS = 1000;

export function createRedisLink(options: RedisLinkOptions): RedisLink {
  const { log, stopping } = options;
  const listeners: (() => void)[] = [];
  const stopped = new AbortController();
  const state = createRedisState(options);
  const ended = keepConnected(options, state, stopped.signal, () => {
    for (const listener of listeners) listener();
  });
  return {
    name: 'redis',
    fault: state.fault,
    run: (budget, command) => run(state, budget, command),
    onConnected: (listener) => void listeners.push(listener),
    firstConnection: async (withinMs) => {
      if (state.fault() === undefined) return;
      const waited = new AbortController();
      listeners.push(() => waited.abort());
      stopping.addEventListener('abort', () => waited.abort(), { once: true });
      await pause(withinMs, waited.signal);
    },
    stop: async () => {
      log.info(`${stopping.aborted ? `${stopping.reason} received, c` : 'C'}losing Redis connection`);
      stopped.abort();
      const redis = state.release('the API is stopping');
      if (redis !== undefined) await quit(redis);
      await ended;
    },
  };
}

async function run<Answer>(
  state: RedisState,
  budget: WaitBudget,
  command: (redis: RecordClient) => Promise<Answer>,
): Promise<Answer> {
  const redis = state.redis();
  if (redis === undefined) throw new RedisAway(state.fault() ?? 'not connected');
  const leftMs = budget.leftMs();
  if (leftMs <= 0) throw new RedisAway('Redis is slow: the request has waited for it long enough');
  const startedAt = performance.now();
  try {
    return await within(leftMs, command(redis));
  } catch (error) {
    const reason = reasonOf(error);
    const isLoss = error instanceof NoAnswer ? leftMs >= REQUEST_WAIT_MS : isUnusable(error);
    if (isLoss) state.drop(redis, reason);
    throw new RedisAway(reason);
  } finally {
    budget.spend(performance.now() - startedAt);
  }
}

/** Connects again and again, until it is stopped. Never rejects. */
async function keepConnected(
  target: RedisTarget,
  state: RedisState,
  stopped: AbortSignal,
  onConnected: () => void,
): Promise<void> {
  for (let attempt = 1; !stopped.aborted; attempt += 1) {
    try {
      const redis = await connect(target);
      attempt = 0;
      if (stopped.aborted) return disconnect(redis);
      const lost = state.use(redis);
      onConnected();
      await untilLost(state, redis, lost, stopped);
    } catch (error) {
      state.lose(reasonOf(error));
    }
    await pause(Math.min(attempt * RETRY_STEP_MS, RETRY_LIMIT_MS), stopped);
  }
}

async function untilLost(
  state: RedisState,
  redis: RecordClient,
  lost: Promise<void>,
  stopped: AbortSignal,
): Promise<void> {
  while (state.redis() === redis && !stopped.aborted) {
    await Promise.race([lost, pause(HEARTBEAT_EVERY_MS, stopped)]);
    if (state.redis() !== redis || stopped.aborted) return;
    await run(state, createWaitBudget(HEARTBEAT_WAIT_MS), (it) => it.ping()).catch(ignoreRedisAway);
  }
}

function ignoreRedisAway(error: unknown): void {
  if (!(error instanceof RedisAway)) throw error;
}
