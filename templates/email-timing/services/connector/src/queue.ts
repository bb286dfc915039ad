/** What waits for the broker, each with its deadline. */
import { type OutgoingMessage, type Part, type RequestLimits, splitMessages } from './outgoing.ts';

export type Outcome =
  | { readonly type: 'stored' }
  /** It never left this process: certainly not in the topic. */
  | { readonly type: 'not-sent'; readonly reason: string }
  /** Sent, and no answer that says what became of it: in the topic or not. */
  | { readonly type: 'unknown'; readonly reason: string }
  /** The broker's definite no to all or some of them: sending the same again ends the same way. */
  | { readonly type: 'refused'; readonly reason: string };

export interface QueueOptions extends RequestLimits {
  /** Milliseconds from the call of `put` to the answer. */
  readonly deadlineMs: number;
  /** Messages that may wait. */
  readonly maxWaiting: number;
}

export interface Queue {
  /** Never rejects. */
  put(messages: readonly OutgoingMessage[]): Promise<Outcome>;
  /** The next entries that fit into one request, or one that needs several; empty when nothing waits. */
  take(): readonly Entry[];
  /** Messages that have no answer yet. */
  size(): number;
}

/** What one `put` brought. */
export interface Entry {
  /** Each fits into one request. */
  readonly parts: readonly Part[];
  /** Only the first answer counts. */
  readonly answer: (outcome: Outcome) => void;
  answered: boolean;
  /** From now on the broker may have it. */
  sent: boolean;
}

export function createQueue(options: QueueOptions): Queue {
  const waiting: Entry[] = [];
  let held = 0;
  return {
    put(messages) {
      if (held + messages.length > options.maxWaiting) {
        return Promise.resolve({ type: 'not-sent', reason: `${held} messages are waiting for the broker already` });
      }
      held += messages.length;
      return new Promise((resolve) => {
        const done = (outcome: Outcome): void => {
          held -= messages.length;
          resolve(outcome);
        };
        waiting.push(createEntry(splitMessages(messages, options), options.deadlineMs, done));
      });
    },
    take: () => takeBatch(waiting, options),
    size: () => held,
  };
}

function createEntry(parts: readonly Part[], deadlineMs: number, done: (outcome: Outcome) => void): Entry {
  const entry: Entry = {
    parts,
    sent: false,
    answered: false,
    answer(outcome) {
      if (entry.answered) return;
      entry.answered = true;
      clearTimeout(timer);
      done(outcome);
    },
  };
  const timer = setTimeout(() => entry.answer(tooLate(entry.sent, deadlineMs)), deadlineMs);
  return entry;
}

function tooLate(sent: boolean, deadlineMs: number): Outcome {
  if (sent) return { type: 'unknown', reason: `the broker did not acknowledge within ${deadlineMs} ms` };
  return { type: 'not-sent', reason: `the broker did not take earlier messages within ${deadlineMs} ms` };
}

function takeBatch(waiting: Entry[], { maxBatch, maxBytes }: RequestLimits): readonly Entry[] {
  const batch: Entry[] = [];
  let [count, bytes] = [0, 0];
  for (let entry = waiting[0]; entry !== undefined; entry = waiting[0]) {
    const [part, ...more] = entry.parts;
    // The caller of an entry that is answered knows that it was not sent.
    if (!entry.answered) {
      count += part?.messages.length ?? 0;
      bytes += part?.bytes ?? 0;
      if (batch.length > 0 && (more.length > 0 || count > maxBatch || bytes > maxBytes)) break;
      batch.push(entry);
    }
    waiting.shift();
    if (batch.length > 0 && more.length > 0) break;
  }
  return batch;
}
