import { Redis } from 'ioredis';
import { gatherWrites, type Secret } from 'stackctl/service-kit';
import { NoAnswer } from './redis-errors.ts';
import { type RecordClient, SCRIPTS } from './redis-scripts.ts';

export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly password: Secret | undefined;
  readonly db: number;
  readonly tls: boolean;
}

const CONNECT_TIMEOUT_MS = 1000;
/**
 * SET with XX on a key that does not exist passes every check of a write and changes nothing: a full or read-only Redis
 * answers PING all the same.
 */
const PROBE_KEY = 'opalmind:probe';

/** A connection over which a write has just worked. @throws why there is none, after two seconds at most. */
export async function connect({ host, port, password, db, tls }: RedisTarget): Promise<RecordClient> {
  const redis = new Redis({
    scripts: SCRIPTS,
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
  }) as RecordClient;
  redis.on('connect', () => gatherWrites(redis.stream));
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

/** Ends the connection once what was asked is answered. */
export async function quit(redis: Redis): Promise<void> {
  await within(CONNECT_TIMEOUT_MS, redis.quit()).catch(() => disconnect(redis));
}

/** On a connection that has ended this would keep a timer running. */
export function disconnect(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect();
}

/**
 * The answer. @throws NoAnswer after so many milliseconds. An answer that is already waiting in the socket counts: on a busy
 * machine the timer may run before the socket is read.
 */
export function within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new NoAnswer(ms))), ms);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
