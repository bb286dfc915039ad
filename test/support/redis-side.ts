/** The servers as a client sees them, past stackctl. */
import { Redis } from 'ioredis';
import { waitFor } from './wait-for.ts';

export interface Endpoint {
  readonly port: number;
  readonly password?: string;
}

/** Only so that a server which is frozen keeps nobody: a busy machine answers within seconds. */
const ANSWER_MS = 5000;

/** One connection that neither waits for a server nor tries again. */
export function connectTo({ port, password }: Endpoint): Redis {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    connectTimeout: ANSWER_MS,
    commandTimeout: ANSWER_MS,
    ...(password === undefined ? {} : { password }),
  });
  redis.on('error', () => undefined); // the command's own error is enough
  return redis;
}

/** Runs one command on a connection of its own. */
export async function ask(endpoint: Endpoint | number, command: string, ...args: readonly string[]): Promise<unknown> {
  const redis = connectTo(typeof endpoint === 'number' ? { port: endpoint } : endpoint);
  try {
    await redis.connect();
    return await redis.call(command, ...args);
  } finally {
    redis.disconnect();
  }
}

export async function roleOf(endpoint: Endpoint | number): Promise<string> {
  return String(((await ask(endpoint, 'ROLE')) as readonly unknown[])[0]);
}

export interface SentinelView {
  readonly port: number;
  readonly epoch: number;
  readonly flags: string;
  /** Of the master, `host:port` as the Sentinel knows it. */
  readonly master: string;
}

export async function askSentinel(endpoint: Endpoint, group = 'kasagi-master'): Promise<SentinelView> {
  const fields = (await ask(endpoint, 'SENTINEL', 'MASTER', group)) as readonly string[];
  const value = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  const master = `${value('ip')}:${value('port')}`;
  return { port: endpoint.port, epoch: Number(value('config-epoch')), flags: value('flags'), master };
}

/**
 * Writes `prefix:0` … with the key as value, and returns the keys that were acknowledged. A failover may lose what is on the
 * master alone, rightly: what is to survive one waits for its `replicas`.
 * @throws when fewer have it in time.
 */
export async function writeKeys(
  endpoint: Endpoint | number,
  prefix: string,
  count: number,
  { replicas = 0 }: { readonly replicas?: number } = {},
): Promise<readonly string[]> {
  const redis = connectTo(typeof endpoint === 'number' ? { port: endpoint } : endpoint);
  const keys = Array.from({ length: count }, (_, index) => `${prefix}:${index}`);
  try {
    await redis.connect();
    await Promise.all(keys.map((key) => redis.set(key, key)));
    const reached = replicas === 0 ? 0 : await redis.wait(replicas, ANSWER_MS / 2);
    if (reached < replicas) throw new Error(`only ${reached} of ${replicas} replicas have the writes`);
    // While a disk is slow, Redis holds acknowledged writes back for up to 2 s (`everysec`): a crash then loses them rightly.
    await waitFor('the writes to be handed to the kernel', async () => {
      const buffered = /^aof_buffer_length:(\d+)/m.exec(await redis.info('persistence'))?.[1] ?? '0';
      return buffered === '0';
    });
    return keys;
  } finally {
    redis.disconnect();
  }
}

/** Those of the keys that do not hold what `writeKeys` wrote. */
export async function missingKeys(endpoint: Endpoint | number, keys: readonly string[]): Promise<readonly string[]> {
  const values = (await ask(endpoint, 'MGET', ...keys)) as readonly (string | null)[];
  return keys.filter((key, index) => values[index] !== key);
}
