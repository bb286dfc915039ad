import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { IngesterSettings } from './settings.ts';

/** A connection to Redis that connects again by itself. */
export interface Connection {
  /** The client, once it is connected. @throws why it is not, after a moment. */
  client(): Promise<Redis>;
  close(): void;
}

const CONNECTION_WAIT_MS = 500;
const LOOK_EVERY_MS = 10;
/** The connection to a server that does not answer is closed, so that another server at this address is found. */
const HANG_MS = 3000;

/**
 * Commands fail when they get no answer within `answerMs`, and at once while there is no connection: the sender tries
 * again, and `/ready` says so. The client sends nothing twice by itself.
 */
export function connect(settings: IngesterSettings, answerMs: number): Connection {
  const { REDIS_HOST: host, REDIS_PORT: port, REDIS_PASSWORD } = settings;
  let cause = 'no answer yet';
  const redis = new Redis({
    host,
    port,
    ...(REDIS_PASSWORD === undefined ? {} : { password: REDIS_PASSWORD.reveal() }),
    protocol: 2,
    connectionName: 'ingester',
    connectTimeout: HANG_MS,
    commandTimeout: answerMs,
    socketTimeout: answerMs + HANG_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(1000, attempt * 50),
  });
  redis.on('error', (error) => {
    cause = error.message;
  });
  return {
    client: async () => {
      for (let waited = 0; redis.status !== 'ready'; waited += LOOK_EVERY_MS) {
        if (waited >= CONNECTION_WAIT_MS) throw new Error(`no connection to Redis at ${host}:${port}: ${cause}`);
        await delay(LOOK_EVERY_MS);
      }
      return redis;
    },
    close: () => {
      // A client that has ended would keep the program alive for two more seconds.
      if (redis.status !== 'end') redis.disconnect();
    },
  };
}
