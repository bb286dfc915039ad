import { type Log, pause } from 'stackctl/service-kit';
import type { EventBuffer } from './buffer.ts';
import { type PostOptions, post } from './post.ts';

export interface DeliveryOptions extends PostOptions {
  /** Events in one request at most. */
  readonly batchSize: number;
  readonly log: Log;
  readonly random?: () => number;
}

export interface Delivery {
  /** Acknowledged by the API. */
  sent: number;
  /** Refused by the API (4xx): sending them again would not help. */
  refused: number;
  /** Attempts that failed and were or will be made again. */
  retries: number;
  /** Of the last attempt; null when it was acknowledged. */
  lastError: string | null;
  /** Events in one request now: less than allowed while they are too large together. */
  batchLimit: number;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5000;

/**
 * Sends the first events of the buffer until they are acknowledged, refused or given up, and takes out those that are
 * acknowledged or refused.
 * @param delivery is counted on.
 * @param givenUp aborts when no further attempt shall be made.
 */
export async function deliver(
  buffer: EventBuffer,
  delivery: Delivery,
  options: DeliveryOptions,
  givenUp: AbortSignal,
): Promise<void> {
  const { log, batchSize } = options;
  const refuse = (index: number, events: number, reason: string): void => {
    buffer.remove(index, events);
    delivery.refused += events;
    log.warn('events were refused', { events, reason });
  };
  let count = Math.min(buffer.size(), delivery.batchLimit);
  for (let attempt = 0; count > 0 && !givenUp.aborted; ) {
    const outcome = await post(options, buffer.first(count), givenUp);
    delivery.lastError = outcome.type === 'sent' ? null : outcome.reason;
    if (outcome.type === 'sent') {
      delivery.sent += count;
      buffer.remove(0, count);
      delivery.batchLimit = Math.min(batchSize, delivery.batchLimit * 2);
      return;
    }
    if (outcome.type === 'too large' && count > 1) {
      count = Math.ceil(count / 2);
      delivery.batchLimit = count;
    } else if (outcome.type === 'refused' && outcome.index !== undefined && outcome.index < count) {
      refuse(outcome.index, 1, outcome.reason);
      count -= 1;
    } else if (outcome.type !== 'failed') {
      return refuse(0, count, outcome.reason);
    } else if (!givenUp.aborted) {
      delivery.retries += 1;
      if (attempt === 0) log.warn('events wait, the event API does not take them', { reason: outcome.reason });
      await pause(backoffMs(attempt, options.random ?? Math.random), givenUp);
      attempt += 1;
    }
  }
}

/** Full jitter: many senders that failed together do not come back together. */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
