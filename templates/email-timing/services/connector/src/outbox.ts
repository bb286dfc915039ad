/**
 * Sends events to the broker and says what became of them. One request is in flight at a time, and everything that
 * arrives meanwhile is the next one: that keeps the order per key, needs no timer, and the load makes its own batches.
 * The client library has no deadline of its own: a broker that stands still would keep a request for ever.
 */
import { reasonOf } from '../../../shared/reason.ts';
import type { OutgoingMessage } from './outgoing.ts';
import { createQueue, type Entry, type Outcome, type Queue, type QueueOptions } from './queue.ts';
import { createSender, RefusedError, type Sender, type Transport } from './sender.ts';

export interface OutboxOptions extends QueueOptions {
  /** Opens a connection; called again after one was given up. */
  readonly connect: () => Transport;
}

export interface Outbox {
  /** Never rejects. */
  put(messages: readonly OutgoingMessage[]): Promise<Outcome>;
  /** Messages that wait or are in flight. */
  size(): number;
  /** Waits for what was put, then closes. */
  close(): Promise<void>;
}

export function openOutbox(options: OutboxOptions): Outbox {
  const queue = createQueue(options);
  const sender = createSender(options.connect, options.deadlineMs);
  let sending: Promise<void> | undefined;
  return {
    put(messages) {
      if (messages.length === 0) return Promise.resolve({ type: 'stored' });
      const outcome = queue.put(messages);
      sending ??= sendAll(queue, sender).finally(() => {
        sending = undefined;
      });
      return outcome;
    },
    size: queue.size,
    async close() {
      await sending;
      await sender.close();
    },
  };
}

async function sendAll(queue: Queue, sender: Sender): Promise<void> {
  // Everything that is put in the same turn goes together.
  await Promise.resolve();
  for (let batch = queue.take(); batch.length > 0; batch = queue.take()) await sendBatch(batch, sender);
}

async function sendBatch(batch: readonly Entry[], sender: Sender): Promise<void> {
  for (const entry of batch) entry.sent = true;
  try {
    for (const messages of requestsOf(batch)) {
      // The callers know that the outcome is unknown, and will send all of it again.
      if (batch.every(({ answered }) => answered)) return;
      await sender.send(messages);
    }
    for (const entry of batch) entry.answer({ type: 'stored' });
  } catch (error) {
    if (!(error instanceof RefusedError)) {
      for (const entry of batch) entry.answer({ type: 'unknown', reason: reasonOf(error) });
    } else if (batch.length > 1) {
      // One of them is at fault: each by itself, the others are stored.
      for (const entry of batch) await sendBatch([entry], sender);
    } else {
      for (const entry of batch) entry.answer({ type: 'refused', reason: error.message });
    }
  }
}

/** One entry may need several requests; several entries fit into one. */
function requestsOf(batch: readonly Entry[]): readonly (readonly OutgoingMessage[])[] {
  const parts = batch.flatMap((entry) => entry.parts).map(({ messages }) => messages);
  return batch.length === 1 ? parts : [parts.flat()];
}
