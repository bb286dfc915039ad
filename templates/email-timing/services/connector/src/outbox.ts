/**
 * Sends events to the broker and says what became of them. One request is in flight at a time, and everything that
 * arrives meanwhile is the next one: that keeps the order per key, needs no timer, and the load makes its own batches.
 * The client library has no deadline of its own: a broker that stands still would keep a request for ever.
 */
import { reasonOf } from '../../../shared/reason.ts';

export interface OutgoingMessage {
  readonly key: string;
  readonly value: string;
}

/** Resolves when every in-sync replica has the messages. */
export interface Transport {
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Drops connections and what waits on them. */
  close(): Promise<void>;
}

export type Outcome =
  | { readonly type: 'stored' }
  /** It never left this process: certainly not in the topic. */
  | { readonly type: 'not-sent'; readonly reason: string }
  /** Sent, and no answer that says what became of it: in the topic or not. */
  | { readonly type: 'unknown'; readonly reason: string };

export interface OutboxOptions {
  /** Opens a connection; called again after one was given up. */
  readonly connect: () => Transport;
  /** Milliseconds from the call of `put` to the answer. */
  readonly deadlineMs: number;
  /** Messages in one request to the broker, and those that may wait. */
  readonly maxBatch: number;
  readonly maxWaiting: number;
}

export interface Outbox {
  /** Never rejects. */
  put(messages: readonly OutgoingMessage[]): Promise<Outcome>;
  /** Messages that wait or are in flight. */
  size(): number;
  /** Waits for what was put, then closes. */
  close(): Promise<void>;
}

interface Entry {
  readonly messages: readonly OutgoingMessage[];
  readonly settle: (outcome: Outcome) => void;
  sent: boolean;
  settled: boolean;
}

export function openOutbox({ connect, deadlineMs, maxBatch, maxWaiting }: OutboxOptions): Outbox {
  const waiting: Entry[] = [];
  let held = 0;
  let transport: Transport | undefined;
  let pumping: Promise<void> | undefined;

  function put(messages: readonly OutgoingMessage[]): Promise<Outcome> {
    if (messages.length === 0) return Promise.resolve({ type: 'stored' });
    if (held + messages.length > maxWaiting) {
      return Promise.resolve({ type: 'not-sent', reason: `${held} messages are waiting for the broker already` });
    }
    held += messages.length;
    return new Promise((resolve) => {
      const timer = setTimeout(() => entry.settle(tooLate(entry.sent, deadlineMs)), deadlineMs);
      const entry: Entry = {
        messages,
        sent: false,
        settled: false,
        settle(outcome) {
          if (entry.settled) return;
          entry.settled = true;
          held -= messages.length;
          clearTimeout(timer);
          resolve(outcome);
        },
      };
      waiting.push(entry);
      pumping ??= pump().finally(() => {
        pumping = undefined;
      });
    });
  }

  async function pump(): Promise<void> {
    // Everything that is put in the same turn goes together.
    await Promise.resolve();
    for (let batch = take(); batch.length > 0; batch = take()) await sendBatch(batch);
  }

  function take(): readonly Entry[] {
    const batch: Entry[] = [];
    let size = 0;
    while (waiting[0] !== undefined) {
      if (batch.length > 0 && size + waiting[0].messages.length > maxBatch) break;
      const entry = waiting.shift();
      // A request that was given up before its turn is not sent: its caller was told so.
      if (entry === undefined || entry.settled) continue;
      batch.push(entry);
      size += entry.messages.length;
    }
    return batch;
  }

  async function sendBatch(batch: readonly Entry[]): Promise<void> {
    for (const entry of batch) entry.sent = true;
    transport ??= connect();
    const current = transport;
    try {
      await withDeadline(current.send(batch.flatMap(({ messages }) => messages)), deadlineMs);
      for (const entry of batch) entry.settle({ type: 'stored' });
    } catch (error) {
      // What hangs stays hanging on this connection, so the next request gets another one.
      transport = undefined;
      void current.close().catch(() => undefined);
      for (const entry of batch) entry.settle({ type: 'unknown', reason: reasonOf(error) });
    }
  }

  return {
    put,
    size: () => held,
    async close() {
      await pumping;
      await transport?.close();
    },
  };
}

function tooLate(sent: boolean, deadlineMs: number): Outcome {
  if (sent) return { type: 'unknown', reason: `the broker did not acknowledge within ${deadlineMs} ms` };
  return { type: 'not-sent', reason: `the broker did not take earlier messages within ${deadlineMs} ms` };
}

async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no acknowledgement within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
