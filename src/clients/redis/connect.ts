import { Redis, type RedisOptions } from 'ioredis';
import { StackctlError } from '../../errors.ts';
import type { Secret } from '../../lib/secret.ts';
import { wantsNoPassword } from './connection-errors.ts';
import type { RedisTarget } from './target.ts';

/**
 * A connection for measuring: one attempt, no offline queue, no retry, no resend, every command with a deadline. What
 * fails shows as an error at once and never as latency.
 * @throws the network error of the attempt (ioredis itself would say only "Connection is closed.").
 */
export async function connectRedis(target: RedisTarget, options: RedisOptions = {}): Promise<Redis> {
  const settings = {
    host: target.address.host,
    port: target.address.port,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: target.timeoutMs,
    commandTimeout: target.timeoutMs,
    enableReadyCheck: false,
    protocol: 2,
    ...options,
    replyMapping: 'legacy',
  } satisfies RedisOptions;
  const client = new Redis(settings);
  let cause: Error | undefined;
  client.on('error', (error: Error) => {
    cause = error;
  });
  try {
    await client.connect();
    if (target.password !== undefined) await authenticate(client, target.password);
    return client;
  } catch (error) {
    disconnect(client);
    throw cause ?? error;
  }
}

/**
 * ioredis' own `password` option prints a warning to the terminal when the server has no password. That is no failure:
 * a server that still runs with the settings of before is asked with the new ones.
 */
async function authenticate(client: Redis, password: Secret): Promise<void> {
  try {
    await client.call('AUTH', password.reveal());
  } catch (error) {
    if (!wantsNoPassword(error)) throw error;
  }
}

/** `disconnect()` on a client that has ended keeps the process alive for 2 s (ioredis 6): so only while it has not. */
export function disconnect(client: Redis): void {
  if (client.status !== 'end') client.disconnect();
}

/** Runs `use` with a connection of its own. */
export async function withRedis<T>(target: RedisTarget, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = await connectRedis(target);
  try {
    return await use(client);
  } finally {
    disconnect(client);
  }
}

/**
 * A connection to a server that says itself that it is the master. The question is needed: a frozen process still
 * accepts connections (its kernel does), and only an answer shows that there is a server.
 * @param name of the server, for the error.
 * @throws the network error, or E_NOT_READY when it is no master.
 */
export async function connectToMaster(target: RedisTarget, name: string): Promise<Redis> {
  const client = await connectRedis(target);
  try {
    const [role] = (await client.role()) as unknown as readonly string[];
    if (role === 'master') return client;
    throw new StackctlError('E_NOT_READY', `${name}, which the Sentinels name as master, says it is a ${role}`, {
      hint: 'Run: stackctl status',
    });
  } catch (error) {
    disconnect(client);
    throw error;
  }
}
