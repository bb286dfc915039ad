/**
 * The SDK: tells the event API about every request that an application serves, without ever being in its way. Events
 * wait in a buffer of limited size; one batch after the other is sent in the background, again and again until it is
 * acknowledged, so an outage of the API costs nothing as long as the buffer lasts.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import { deadline, type Log, type Stoppable } from 'stackctl/service-kit';

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
const MAX_ERROR = 2000;

export function createSdk(options: SdkOptions): Sdk {
  const buffer: SdkEvent[] = [];
  const counters = { sent: 0, dropped: 0, refused: 0, retries: 0 };
  let lastError: string | null = null;
  /** Events in one request now: less than allowed while they are too large together. */
  let batchLimit = options.batchSize;
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

  const refuse = (index: number, count: number, reason: string): void => {
    buffer.splice(index, count);
    counters.refused += count;
    options.log.warn('events were refused', { events: count, reason });
  };

  /** Sends the first events of the buffer until they are acknowledged or given up; those in the way are taken out. */
  const deliver = async (): Promise<void> => {
    let count = Math.min(buffer.length, batchLimit);
    for (let attempt = 0; count > 0; ) {
      const outcome = await post(options, buffer.slice(0, count), givenUp.signal);
      lastError = outcome.type === 'sent' ? null : outcome.reason;
      if (outcome.type === 'sent') {
        counters.sent += count;
        buffer.splice(0, count);
        batchLimit = Math.min(options.batchSize, batchLimit * 2);
        return;
      }
      if (outcome.type === 'too large' && count > 1) {
        count = Math.ceil(count / 2);
        batchLimit = count;
      } else if (outcome.type === 'refused' && outcome.index !== undefined && outcome.index < count) {
        refuse(outcome.index, 1, outcome.reason);
        count -= 1;
      } else if (outcome.type !== 'failed') {
        return refuse(0, count, outcome.reason);
      } else {
        if (givenUp.signal.aborted) return;
        counters.retries += 1;
        if (attempt === 0)
          options.log.warn('events wait, the event API does not take them', { reason: outcome.reason });
        await pause(backoffMs(attempt, options.random ?? Math.random), givenUp.signal);
        attempt += 1;
      }
      if (givenUp.signal.aborted) return;
    }
  };

  const filled = async (): Promise<void> => {
    const onWake = (resolve: () => void) => (wake = resolve);
    if (buffer.length === 0) await untilWoken(onWake, stopping.signal);
    const onFull = (resolve: () => void) => (wake = () => (buffer.length >= options.batchSize ? resolve() : undefined));
    if (buffer.length < options.batchSize) await untilWoken(onFull, stopping.signal, options.flushMs);
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
  /** `index`: of the one event that is refused, where the API names it. */
  | { readonly type: 'refused'; readonly reason: string; readonly index: number | undefined }
  | { readonly type: 'too large'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string };

/** One attempt. Only a 4xx other than 408 and 429 says that another one is of no use. */
async function post({ url, timeoutMs }: SdkOptions, batch: readonly SdkEvent[], stop: AbortSignal): Promise<Outcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(batch),
      signal: deadline(timeoutMs, stop),
    });
    const text = await response.text();
    if (response.ok) return { type: 'sent' };
    const reason = `HTTP ${response.status}: ${messageOf(text)}`;
    const again = response.status >= 500 || response.status === 408 || response.status === 429;
    if (again) return { type: 'failed', reason };
    return response.status === 413 ? { type: 'too large', reason } : { type: 'refused', reason, index: indexIn(text) };
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

/** Which event of the batch is meant: `{"error": {"field": "[3].timestamp"}}` is the fourth. */
function indexIn(text: string): number | undefined {
  const index = /"field":"\[(\d{1,9})\]/.exec(text)?.[1];
  return index === undefined ? undefined : Number(index);
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
      ...(status >= 500 ? { error: (context.error?.message || `HTTP ${status}`).slice(0, MAX_ERROR) } : {}),
    });
  };
}

/** Until it is woken, the signal aborts or the time (in milliseconds, if there is one) is over. Leaves no listener. */
function untilWoken(onWake: (resolve: () => void) => void, signal: AbortSignal, withinMs?: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(limit);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const limit = withinMs === undefined ? undefined : setTimeout(end, withinMs);
    signal.addEventListener('abort', end);
    onWake(end);
    if (signal.aborted) end();
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An abort is the end of the pause, not an error.
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
