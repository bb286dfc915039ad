import { within } from 'stackctl/service-kit';
import type { OutgoingMessage } from './outgoing.ts';

/** The broker has read the messages and does not take them, now or later. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** A connection to the broker. */
export interface Transport {
  /** Resolves when every in-sync replica has the messages. @throws RefusedError when the broker does not take them. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Makes what is being sent fail soon, where a broker that stands still would keep it for ever. */
  abandon(): void;
  /** Only when nothing is being sent. */
  close(): Promise<void>;
}

export interface Sender {
  /** @throws RefusedError, or Error when the broker does not answer in time: it may have the messages then. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** @param connect opens a connection; called again after one was given up. */
export function createSender(connect: () => Transport, deadlineMs: number): Sender {
  let transport: Transport | undefined;
  return {
    async send(messages) {
      transport ??= connect();
      const current = transport;
      const sending = current.send(messages);
      try {
        await within(deadlineMs, 'the broker', sending);
      } catch (error) {
        if (error instanceof RefusedError) throw error;
        // A request that hangs stays on its connection, so the next request gets another one.
        transport = undefined;
        void closeAfter(sending, current);
        throw error;
      }
    },
    close: async () => transport?.close(),
  };
}

/** A client that is closed while it sends may throw where no code can catch it. */
async function closeAfter(sending: Promise<void>, transport: Transport): Promise<void> {
  transport.abandon();
  await sending.catch(() => undefined);
  await transport.close().catch(() => undefined);
}
