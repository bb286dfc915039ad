import { Connection, type API as KafkaApi, ResponseError } from '@platformatic/kafka';
import type { Address } from '../../stack/contract/model.ts';

export interface KafkaTarget {
  /** One broker. */
  readonly address: Address;
  /** Deadline in milliseconds: with `withKafka` of everything together, with `openKafka` of each request. */
  readonly timeoutMs: number;
  /** Ends the wait before that. */
  readonly signal?: AbortSignal;
}

/** Sends one request and waits for its answer. */
export type Ask = <Arguments extends unknown[], Response>(
  api: KafkaApi<Arguments, Response>,
  ...args: Arguments
) => Promise<Response>;

/** The deadline passed without the answer that was waited for. */
export class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
  constructor(timeoutMs: number) {
    super(`no reply within ${timeoutMs} ms`);
  }
}

/**
 * One connection to one broker: one attempt, one deadline for everything together. The library's own clients ask for the
 * whole cluster first, retry by themselves and wait for a frozen broker without end.
 * @throws the network error; NoReplyError; the signal's reason; the library's ResponseError for an answer that holds one.
 */
export async function withKafka<T>(target: KafkaTarget, use: (ask: Ask) => Promise<T>): Promise<T> {
  target.signal?.throwIfAborted();
  const connection = newConnection(target);
  const work = async (): Promise<T> => {
    await connected(connection, target);
    return use((api, ...args) => api.async(connection, ...args));
  };
  try {
    return await inTime(work(), target);
  } finally {
    end(connection);
  }
}

/** A connection that stays, to one broker. */
export interface KafkaConnection {
  /** Sends a request once, when it is called, and never again. Several may be on their way; the broker answers in their order. */
  readonly ask: Ask;
  /** False once it has ended, and after a request without an answer. */
  isOpen(): boolean;
  /** Requests on their way are rejected. */
  end(): void;
}

/**
 * The same with a deadline for the connection and for each request: one that it misses, and anything else but an answer, ends
 * the connection. @throws as `withKafka`, and so does `ask`.
 */
export async function openKafka(target: KafkaTarget): Promise<KafkaConnection> {
  target.signal?.throwIfAborted();
  const connection = newConnection(target);
  let isOpen = true;
  const endIt = (): void => {
    isOpen = false;
    end(connection);
  };
  const orEnd = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await inTime(work, target);
    } catch (error) {
      if (!(error instanceof ResponseError)) endIt();
      throw error;
    }
  };
  await orEnd(connected(connection, target));
  return {
    ask: (api, ...args) => orEnd(api.async(connection, ...args)),
    isOpen: () => isOpen && connection.isConnected(),
    end: endIt,
  };
}

function newConnection({ timeoutMs }: KafkaTarget): Connection {
  const connection = new Connection('stackctl', { connectTimeout: timeoutMs });
  // A failed attempt also emits an error event, which would end the process without a listener.
  connection.on('error', () => undefined);
  return connection;
}

async function connected(connection: Connection, { address }: KafkaTarget): Promise<void> {
  await connection.connect(address.host, address.port);
}

/** Not `close`: it waits for the other side, which may be frozen. */
function end(connection: Connection): void {
  connection.socket?.destroy();
}

async function inTime<T>(work: Promise<T>, { timeoutMs, signal }: KafkaTarget): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp: (() => void) | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoReplyError(timeoutMs)), timeoutMs);
    giveUp = () => reject(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
    if (giveUp !== undefined) signal?.removeEventListener('abort', giveUp);
  }
}
