/**
 * The SDK: tells the event API about every request that an application serves, without ever being in its way. Events
 * wait in a buffer of limited size; one batch after the other is sent in the background, again and again until it is
 * acknowledged, so an outage of the API costs nothing as long as the buffer lasts.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import type { Log } from '../../../../../src/service-kit/log.ts';
import type { Stoppable } from '../../../../../src/service-kit/shutdown.ts';

export interface SdkOptions {
  /** Where batches are posted, e.g. `http://localhost:3000/api/v1/events`. */
  readonly url: string;
  /** Events in one request at most; reaching it sends at once. */
  readonly batchSize: number;
  /** Milliseconds that an event waits for others. */
  readonly flushMs: number;
  /** Events that wait at most; one more is dropped, and counted. */
  readonly maxBuffered: number;
  /** Milliseconds for one attempt. */
  readonly timeoutMs: number;
  /** Milliseconds after which a stop gives up what is still waiting. */
  readonly stopWithinMs: number;
  readonly log: Log;
  readonly random?: () => number;
}

export interface SdkEvent {
  readonly eventId: string;
  readonly tenantId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly latencyMs: number;
  readonly timestamp: string;
  readonly error?: string;
}

export interface SdkStats {
  /** Acknowledged by the API. */
  readonly sent: number;
  /** Waiting, the batch on its way included. */
  readonly buffered: number;
  /** Given up because the buffer was full, or at the end. */
  readonly dropped: number;
  /** Refused by the API (4xx): sending them again would not help. */
  readonly refused: number;
  /** Attempts that failed and were or will be made again. */
  readonly retries: number;
  /** Of the last attempt; null when it was acknowledged. */
  readonly lastError: string | null;
}

export interface Sdk extends Stoppable {
  readonly middleware: MiddlewareHandler;
  record(event: SdkEvent): void;
  stats(): SdkStats;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5000;

export function createSdk(options: SdkOptions): Sdk {
  const buffer: SdkEvent[] = [];
  const counters = { sent: 0, dropped: 0, refused: 0, retries: 0 };
  let lastError: string | null = null;
  let wake: () => void = () => undefined;
  /** Aborts when nothing may wait for others any longer, then when everything is given up. */
  const stopping = new AbortController();
  const givenUp = new AbortController();

  const record = (event: SdkEvent): void => {
    if (buffer.length >= options.maxBuffered || stopping.signal.aborted) {
      counters.dropped += 1;
      return;
    }
    buffer.push(event);
    if (buffer.length === 1 || buffer.length >= options.batchSize) wake();
  };

  const deliver = async (): Promise<void> => {
    const batch = buffer.slice(0, options.batchSize);
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await post(options, batch, givenUp.signal);
      if (outcome.type !== 'failed') {
        lastError = outcome.type === 'refused' ? outcome.reason : null;
        counters[outcome.type] += batch.length;
        buffer.splice(0, batch.length);
        if (outcome.type === 'refused') options.log.warn('events were refused', { reason: outcome.reason });
        return;
      }
      lastError = outcome.reason;
      if (givenUp.signal.aborted) return;
      counters.retries += 1;
      if (attempt === 0) options.log.warn('events wait, the event API does not take them', { reason: outcome.reason });
      await pause(backoffMs(attempt, options.random ?? Math.random), givenUp.signal);
      if (givenUp.signal.aborted) return;
    }
  };

  const filled = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    if (buffer.length === 0) await untilWoken((resolve) => (wake = resolve), stopping.signal);
    if (buffer.length >= options.batchSize || stopping.signal.aborted) return;
    const full = new AbortController();
    wake = () => (buffer.length >= options.batchSize ? full.abort() : undefined);
    await pause(options.flushMs, AbortSignal.any([full.signal, stopping.signal]));
  };

  const running = (async () => {
    while (!givenUp.signal.aborted && !(stopping.signal.aborted && buffer.length === 0)) {
      await filled();
      if (buffer.length > 0) await deliver();
    }
  })();

  return {
    name: 'sdk',
    record,
    stats: () => ({ ...counters, buffered: buffer.length, lastError }),
    middleware: middleware(record),
    stop: async () => {
      stopping.abort();
      const timer = setTimeout(() => givenUp.abort(), options.stopWithinMs);
      await running;
      clearTimeout(timer);
      if (buffer.length === 0) return;
      counters.dropped += buffer.length;
      options.log.error('events were not delivered', { events: buffer.splice(0).length, reason: lastError });
    },
  };
}

/** Full jitter: many senders that failed together do not come back together. */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

type Outcome =
  | { readonly type: 'sent' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string };

/** One attempt. Only a 4xx other than 408 and 429 says that another one is of no use. */
async function post({ url, timeoutMs }: SdkOptions, batch: readonly SdkEvent[], stop: AbortSignal): Promise<Outcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(batch),
      signal: AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await response.text();
    if (response.ok) return { type: 'sent' };
    const reason = `HTTP ${response.status}: ${messageOf(text)}`;
    const again = response.status >= 500 || response.status === 408 || response.status === 429;
    return { type: again ? 'failed' : 'refused', reason };
  } catch (error) {
    const { cause } = error as Error;
    return { type: 'failed', reason: cause instanceof Error ? cause.message : (error as Error).message };
  }
}

/** `{"error": {"message"}}` as the API answers, or whatever it is, cut short. */
function messageOf(text: string): string {
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return (message ?? text).slice(0, 200);
}

/** Notes every request once it was answered. Whatever happens in here, the answer is the application's. */
function middleware(record: (event: SdkEvent) => void): MiddlewareHandler {
  return async (context, next) => {
    const startedAt = performance.now();
    const timestamp = new Date().toISOString();
    await next();
    const { status } = context.res;
    record({
      eventId: randomUUID(),
      tenantId: context.req.header('x-tenant-id')?.slice(0, 200) || 'unknown',
      method: context.req.method,
      path: context.req.path.slice(0, 2048),
      status,
      latencyMs: Math.round((performance.now() - startedAt) * 1000) / 1000,
      timestamp,
      ...(status >= 500 ? { error: context.error?.message || `HTTP ${status}` } : {}),
    });
  };
}

function untilWoken(onWake: (resolve: () => void) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    onWake(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An abort is the end of the pause, not an error.
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
