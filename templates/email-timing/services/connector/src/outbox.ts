/**
 * Sends events to the broker and says what became of them. One request is in flight at a time, and everything that
 * arrives meanwhile is the next one: that keeps the order per key, needs no timer, and the load makes its own batches.
 * The client library has no deadline of its own: a broker that stands still would keep a request for ever.
 */

import { within } from 'stackctl/service-kit';
import { reasonOf } from '../../../shared/reason.ts';

export interface OutgoingMessage {
  readonly key: string;
  readonly value: string;
}

/** The broker has taken a look at the messages and will not have them, now or later. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

export interface Transport {
  /** Resolves when every in-sync replica has the messages. @throws RefusedError when the broker will not have them. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Makes what is being sent fail soon, where a broker that stands still would keep it for ever. */
  abandon(): void;
  /** Only when nothing is being sent. */
  close(): Promise<void>;
}

export type Outcome =
  | { readonly type: 'stored' }
  /** It never left this process: certainly not in the topic. */
  | { readonly type: 'not-sent'; readonly reason: string }
  /** Sent, and no answer that says what became of it: in the topic or not. */
  | { readonly type: 'unknown'; readonly reason: string }
  /** The broker's definite no to all or some of them: sending the same again ends the same way. */
  | { readonly type: 'refused'; readonly reason: string };

export interface OutboxOptions {
  /** Opens a connection; called again after one was given up. */
  readonly connect: () => Transport;
  /** Milliseconds from the call of `put` to the answer. */
  readonly deadlineMs: number;
  /** Messages in one request to the broker, and their keys and values in bytes: the broker has a limit, too. */
  readonly maxBatch: number;
  readonly maxBytes: number;
  /** Messages that may wait. */
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

/** What one `put` brought. */
interface Entry {
  /** Each fits into one request. */
  readonly parts: readonly Part[];
  readonly settle: (outcome: Outcome) => void;
  sent: boolean;
  settled: boolean;
}

/** Messages of one request. */
export interface Part {
  readonly messages: readonly OutgoingMessage[];
  readonly bytes: number;
}

export function openOutbox({ connect, deadlineMs, maxBatch, maxBytes, maxWaiting }: OutboxOptions): Outbox {
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
        parts: splitMessages(messages, { maxBatch, maxBytes }),
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

  /** The next entries that fit into one request, or one that needs several. */
  function take(): readonly Entry[] {
    const batch: Entry[] = [];
    let [count, bytes] = [0, 0];
    while (waiting[0] !== undefined) {
      const [part, ...more] = waiting[0].parts;
      count += part?.messages.length ?? 0;
      bytes += part?.bytes ?? 0;
      if (batch.length > 0 && (more.length > 0 || count > maxBatch || bytes > maxBytes)) break;
      const entry = waiting.shift();
      // A request that was given up before its turn is not sent: its caller was told so.
      if (entry === undefined || entry.settled) {
        count -= part?.messages.length ?? 0;
        bytes -= part?.bytes ?? 0;
        continue;
      }
      batch.push(entry);
      if (more.length > 0) break;
    }
    return batch;
  }

  async function sendBatch(batch: readonly Entry[]): Promise<void> {
    for (const entry of batch) entry.sent = true;
    const [first] = batch;
    const requests =
      batch.length === 1 && first !== undefined
        ? first.parts.map(({ messages }) => messages)
        : [batch.flatMap(({ parts }) => parts).flatMap(({ messages }) => messages)];
    try {
      for (const messages of requests) {
        // The caller was told that the outcome is unknown, and will send all of it again.
        if (batch.every(({ settled }) => settled)) return;
        await sendOne(messages);
      }
      for (const entry of batch) entry.settle({ type: 'stored' });
    } catch (error) {
      if (!(error instanceof RefusedError)) {
        for (const entry of batch) entry.settle({ type: 'unknown', reason: reasonOf(error) });
      } else if (batch.length > 1) {
        // One of them is at fault: the others get what they deserve.
        for (const entry of batch) await sendBatch([entry]);
      } else {
        first?.settle({ type: 'refused', reason: error.message });
      }
    }
  }

  async function sendOne(messages: readonly OutgoingMessage[]): Promise<void> {
    transport ??= connect();
    const current = transport;
    const sending = current.send(messages);
    try {
      await within(deadlineMs, 'the broker', sending);
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      // What hangs stays hanging on this connection, so the next request gets another one.
      transport = undefined;
      void closeWhenSettled(current, sending);
      throw error;
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

/** A client that is closed while it is busy may throw where nobody can catch it. */
async function closeWhenSettled(transport: Transport, sending: Promise<void>): Promise<void> {
  transport.abandon();
  await sending.catch(() => undefined);
  await transport.close().catch(() => undefined);
}

/** In their order, each part within both limits; a message that is too large by itself is a part by itself. */
export function splitMessages(
  messages: readonly OutgoingMessage[],
  { maxBatch, maxBytes }: Pick<OutboxOptions, 'maxBatch' | 'maxBytes'>,
): readonly Part[] {
  const parts: { messages: OutgoingMessage[]; bytes: number }[] = [];
  for (const message of messages) {
    const size = sizeOf(message);
    const last = parts.at(-1);
    if (last !== undefined && last.messages.length < maxBatch && last.bytes + size <= maxBytes) {
      last.messages.push(message);
      last.bytes += size;
    } else {
      parts.push({ messages: [message], bytes: size });
    }
  }
  return parts;
}

/** Bytes of a record: lengths, offsets and the time take some more than key and value, well below this. */
const RECORD_OVERHEAD = 64;

function sizeOf({ key, value }: OutgoingMessage): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value) + RECORD_OVERHEAD;
}
