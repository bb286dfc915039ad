/**
 * The SDK: reports every request that an application serves to the event API, without ever being in its way. Events
 * wait in a buffer of limited size; one batch after the other is sent in the background, again and again until it is
 * acknowledged, so an outage of the API costs nothing as long as the buffer lasts.
 */
import type { MiddlewareHandler } from 'hono';
import { openEndpoint, type Stoppable } from 'stackctl/service-kit';
import { type BufferOptions, createBuffer } from './buffer.ts';
import { type Delivery, type DeliveryOptions, deliver } from './deliver.ts';
import type { SdkEvent } from './event.ts';
import { middleware } from './middleware.ts';

/** One event more than `maxBuffered` is dropped, and counted; `batchSize` events are sent at once. */
export interface SdkOptions extends Omit<DeliveryOptions, 'endpoint'>, BufferOptions {
  /** Where batches are posted, e.g. `http://localhost:3000/api/v1/events`. */
  readonly url: string;
  /** Milliseconds that an event waits for others. */
  readonly flushMs: number;
  /** Milliseconds after which a stop gives up what is still waiting. */
  readonly stopWithinMs: number;
}

export interface SdkStats extends Readonly<Omit<Delivery, 'batchLimit'>> {
  /** Waiting, the batch on its way included. */
  readonly buffered: number;
  /** Given up because the buffer was full, or at the end. */
  readonly dropped: number;
}

export interface Sdk extends Stoppable {
  readonly middleware: MiddlewareHandler;
  record(event: SdkEvent): void;
  stats(): SdkStats;
}

export function createSdk(options: SdkOptions): Sdk {
  const buffer = createBuffer(options);
  const delivery: Delivery = { sent: 0, refused: 0, retries: 0, lastError: null, batchLimit: options.batchSize };
  const posting = { ...options, endpoint: openEndpoint(options.url) };
  let dropped = 0;
  /** Aborts when no event may wait for others any longer, then when everything is given up. */
  const stopping = new AbortController();
  const givenUp = new AbortController();
  const record = (event: SdkEvent): void => {
    if (stopping.signal.aborted || !buffer.add(event)) dropped += 1;
  };
  const sendAll = async (): Promise<void> => {
    while (!givenUp.signal.aborted && !(stopping.signal.aborted && buffer.size() === 0)) {
      await buffer.filled(options.flushMs, stopping.signal);
      if (buffer.size() > 0) await deliver(buffer, delivery, posting, givenUp.signal);
    }
  };
  const running = sendAll();
  return {
    name: 'sdk',
    record,
    stats: () => {
      const { sent, refused, retries, lastError } = delivery;
      return { sent, dropped, refused, retries, buffered: buffer.size(), lastError };
    },
    middleware: middleware(record),
    stop: async () => {
      stopping.abort();
      const timer = setTimeout(() => givenUp.abort(), options.stopWithinMs);
      await running;
      clearTimeout(timer);
      const events = buffer.size();
      if (events === 0) return;
      buffer.remove(0, events);
      dropped += events;
      options.log.error('events were not delivered', { events, reason: delivery.lastError });
    },
  };
}
