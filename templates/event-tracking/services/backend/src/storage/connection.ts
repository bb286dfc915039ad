import { type ChainableCommander, Redis } from 'ioredis';
import { type Log, RequestError } from 'stackctl/service-kit';
import { SCRIPTS } from './scripts.ts';

const CONNECT_TIMEOUT_MS = 2000;
/** A frozen server must not hold up its clients for longer. */
const COMMAND_TIMEOUT_MS = 3000;
const CONNECTION_WAIT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 200;

export interface ConnectionOptions {
  readonly url: string;
  readonly log: Log;
  readonly commandTimeoutMs?: number;
  /** A request waits so long for a connection that is being made, e.g. while Redis starts again. */
  readonly connectionWaitMs?: number;
}

/** The scripts as commands of the client. */
export interface EventClient extends Redis {
  addEvents(...args: readonly (string | number)[]): Promise<string>;
  readLog(...args: readonly (string | number)[]): Promise<readonly (string | number)[]>;
  takeOver(...args: readonly (string | number)[]): Promise<number>;
}

/** A connection to Redis. */
export interface Connection {
  readonly client: EventClient;
  /** What the command answers. @throws RequestError 503 when it cannot be said that it was done; it may have been. */
  ask<Answer>(command: () => Promise<Answer>): Promise<Answer>;
}

/**
 * Connects, and connects again, by itself. Nothing is sent twice and nothing is queued: what cannot be acknowledged is refused, and the sender knows it.
 */
export function connect(options: ConnectionOptions): Connection {
  const { url, log, commandTimeoutMs = COMMAND_TIMEOUT_MS, connectionWaitMs = CONNECTION_WAIT_MS } = options;
  const client = new Redis(url, {
    scripts: SCRIPTS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
  }) as EventClient;
  // One for each request that waits.
  client.setMaxListeners(0);
  let lost = false;
  client.on('ready', () => {
    lost = false;
    log.info('Redis connection established');
  });
  client.on('error', (error) => {
    if (!lost) log.warn('no connection to Redis', { error: reason(error) });
    lost = true;
  });
  return {
    client,
    ask: async (command) => {
      try {
        await connected(client, connectionWaitMs);
        return await command();
      } catch (error) {
        log.warn('Redis did not answer', { error });
        throw new RequestError(503, `the event storage is not available: ${reason(error)}`);
      }
    },
  };
}

/** @throws Error when there is no connection in time. */
function connected(client: Redis, withinMs: number): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const ready = (): void => {
      clearTimeout(limit);
      resolve();
    };
    const limit = setTimeout(() => {
      client.off('ready', ready);
      reject(new Error('no connection to Redis'));
    }, withinMs);
    client.once('ready', ready);
  });
}

/** The answers of a transaction. @throws the first error among them: then nothing may be taken for done. */
export async function execute(transaction: ChainableCommander): Promise<readonly unknown[]> {
  const answers = await transaction.exec();
  if (answers === null) throw new Error('the transaction was given up');
  return answers.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /enableOfflineQueue|Connection is closed|max retries/.test(text) ? 'no connection to Redis' : text;
}
