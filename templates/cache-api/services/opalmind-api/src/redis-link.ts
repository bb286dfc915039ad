/**
 * The connection to Redis, or the knowledge that there is none. Whoever asks gets an answer within its patience or a
 * RedisAway at once: after the first failure nobody tries Redis again until a connection made in the background works.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Log, Secret, Stoppable } from 'stackctl/service-kit';
import { createPatience, type Patience, REQUEST_PATIENCE_MS } from './patience.ts';

export interface RedisLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly password: Secret | undefined;
  readonly db: number;
  readonly tls: boolean;
  readonly log: Log;
  /** Aborts when the program is told to end, with the name of the signal. */
  readonly stopping: AbortSignal;
}

export interface RedisLink extends Stoppable {
  /** Why there is no connection; undefined while there is one. */
  fault(): string | undefined;
  /**
   * Runs a command with the time that is left of the patience. No answer counts as the loss of the connection, unless
   * so little time was left that it says nothing about Redis.
   * @throws RedisAway when there is no connection, no answer in time, or an error for an answer.
   */
  run<Answer>(patience: Patience, command: (redis: Redis) => Promise<Answer>): Promise<Answer>;
  /** Called after each new connection. */
  onConnected(listener: () => void): void;
  /** Ends with the first connection, after so many milliseconds, or when the program is told to end. */
  firstConnection(withinMs: number): Promise<void>;
}

/** Redis cannot be used now; the message says why. */
export class RedisAway extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'RedisAway';
  }
}

class NoAnswer extends Error {
  constructor(afterMs: number) {
    super(`no answer within ${Math.round(afterMs)} ms`);
    this.name = 'NoAnswer';
  }
}

const CONNECT_TIMEOUT_MS = 1000;
/** A Redis that hangs is found this soon although nobody asks it anything. */
const HEARTBEAT_EVERY_MS = 500;
const HEARTBEAT_PATIENCE_MS = 300;
/** Milliseconds before the next attempt: so much more each time, up to the limit. */
const RETRY_STEP_MS = 50;
const RETRY_LIMIT_MS = 1000;
/**
 * SET with XX on a key that does not exist passes every check of a write and changes nothing: a full or read-only Redis
 * answers PING all the same.
 */
const PROBE_KEY = 'opalmind:probe';
/** Answers that mean that Redis as a whole is of no use now, not this one command. */
const UNUSABLE =
  /^(LOADING|NOAUTH|WRONGPASS|NOPERM|READONLY|MASTERDOWN|MISCONF|OOM|EXECABORT|NOREPLICAS|BUSY|CLUSTERDOWN)\b/;

export function createRedisLink(options: RedisLinkOptions): RedisLink {
  const { host, port, db, log, stopping } = options;
  const listeners: (() => void)[] = [];
  const stopped = new AbortController();
  let current: Redis | undefined;
  let fault: string | undefined = 'not connected yet';
  let isReported = false;
  /** Ends the wait of `keepConnected` for the loss of the connection. */
  let noteLoss: () => void = () => undefined;

  const lose = (reason: string): void => {
    fault = reason;
    noteLoss();
    if (isReported || stopped.signal.aborted) return;
    isReported = true;
    log.warn('Redis connection failed, falling back to in-memory storage', { host, port, reason });
  };

  const trip = (redis: Redis, reason: string): void => {
    if (current !== redis) return;
    current = undefined;
    disconnect(redis);
    lose(reason);
  };

  const run: RedisLink['run'] = async (patience, command) => {
    const redis = current;
    if (redis === undefined) throw new RedisAway(fault ?? 'not connected');
    if (patience.leftMs() <= 0) throw new RedisAway('Redis is slow: the request has waited for it long enough');
    const leftMs = patience.leftMs();
    const startedAt = performance.now();
    try {
      return await within(leftMs, command(redis));
    } catch (error) {
      const reason = reasonOf(error);
      const isLoss =
        error instanceof NoAnswer ? leftMs >= REQUEST_PATIENCE_MS : !isReply(error) || UNUSABLE.test(reason);
      if (isLoss) trip(redis, reason);
      throw new RedisAway(reason);
    } finally {
      patience.spend(performance.now() - startedAt);
    }
  };

  const use = async (redis: Redis): Promise<void> => {
    if (stopped.signal.aborted) return disconnect(redis);
    const lost = new Promise<void>((resolve) => {
      noteLoss = resolve;
    });
    current = redis;
    fault = undefined;
    isReported = false;
    redis.once('close', () => trip(redis, 'Connection closed'));
    log.info('Redis connection established', { host, port, db });
    for (const listener of listeners) listener();
    while (current === redis && !stopped.signal.aborted) {
      await Promise.race([lost, pause(HEARTBEAT_EVERY_MS, stopped.signal)]);
      if (current !== redis || stopped.signal.aborted) return;
      await run(createPatience(HEARTBEAT_PATIENCE_MS), (it) => it.ping()).catch(ignoreRedisAway);
    }
  };

  const keepConnected = async (): Promise<void> => {
    for (let attempt = 1; !stopped.signal.aborted; attempt += 1) {
      try {
        const redis = await connect(options);
        attempt = 0;
        await use(redis);
      } catch (error) {
        lose(reasonOf(error));
      }
      await pause(Math.min(attempt * RETRY_STEP_MS, RETRY_LIMIT_MS), stopped.signal);
    }
  };
  const ended = keepConnected();

  return {
    name: 'redis',
    fault: () => fault,
    run,
    onConnected: (listener) => void listeners.push(listener),
    firstConnection: async (withinMs) => {
      if (fault === undefined) return;
      const waited = new AbortController();
      listeners.push(() => waited.abort());
      stopping.addEventListener('abort', () => waited.abort(), { once: true });
      await pause(withinMs, waited.signal);
    },
    stop: async () => {
      log.info(`${stopping.aborted ? `${stopping.reason} received, c` : 'C'}losing Redis connection`);
      stopped.abort();
      const redis = current;
      current = undefined;
      fault = 'the API is stopping';
      noteLoss();
      if (redis !== undefined) await within(CONNECT_TIMEOUT_MS, redis.quit()).catch(() => disconnect(redis));
      await ended;
    },
  };
}

/** A connection over which a write has just worked. */
async function connect({ host, port, password, db, tls }: RedisLinkOptions): Promise<Redis> {
  const redis = new Redis({
    host,
    port,
    db,
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(tls ? { tls: {} } : {}),
    lazyConnect: true,
    // One connection, one life: what was asked of a broken one fails at once instead of being sent again.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  // `connect` fails with "Connection is closed"; the cause comes as an event.
  let cause: unknown;
  redis.on('error', (error) => {
    cause ??= error;
  });
  try {
    await within(CONNECT_TIMEOUT_MS, redis.connect());
    await within(CONNECT_TIMEOUT_MS, redis.set(PROBE_KEY, '1', 'XX'));
    return redis;
  } catch (error) {
    disconnect(redis);
    throw cause ?? error;
  }
}

/** On a connection that has ended this would keep a timer running. */
function disconnect(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect();
}

/**
 * The answer, or an error after so many milliseconds. An answer that is already waiting in the socket counts: on a busy
 * machine the timer may run before the socket is read.
 */
async function within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new NoAnswer(ms))), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal.aborted);
}

/** An error that Redis answered with, as opposed to no answer. */
function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

function ignoreRedisAway(error: unknown): void {
  if (!(error instanceof RedisAway)) throw error;
}

/** Codes and texts of errors in the words of people. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset',
  ENOTFOUND: 'Host not found',
  EAI_AGAIN: 'Host not found',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'Host unreachable',
  // ioredis' own: for commands that were under way, and for those that came too late.
  'Connection is closed.': 'Connection closed',
  "Stream isn't writeable and enableOfflineQueue options is false": 'Connection closed',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as Error & { readonly code?: unknown };
  return WORDS[String(code)] ?? WORDS[error.message] ?? (error.message === '' ? error.name : error.message);
}
