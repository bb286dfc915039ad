import { Connection, type API as KafkaApi } from '@platformatic/kafka';
import type { Address } from '../../stack/contract/model.ts';

export interface KafkaTarget {
  /** One broker. */
  readonly address: Address;
  /** Deadline of everything that is done with the connection together, in milliseconds. */
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
  const { address, timeoutMs, signal } = target;
  signal?.throwIfAborted();
  const connection = new Connection('stackctl', { connectTimeout: timeoutMs });
  // A failed attempt also emits an error event, which would end the process without a listener.
  connection.on('error', () => undefined);
  let timer: NodeJS.Timeout | undefined;
  let giveUp: (() => void) | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoReplyError(timeoutMs)), timeoutMs);
    giveUp = () => reject(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
  });
  const work = async (): Promise<T> => {
    await connection.connect(address.host, address.port);
    return use((api, ...args) => api.async(connection, ...args));
  };
  try {
    return await Promise.race([work(), expired]);
  } finally {
    clearTimeout(timer);
    if (giveUp !== undefined) signal?.removeEventListener('abort', giveUp);
    // Not `close`: it waits for the other side, which may be frozen.
    connection.socket?.destroy();
  }
}
