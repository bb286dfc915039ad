import { Hono } from 'hono';
import { checked, readJson, readQuery } from 'stackctl/service-kit';
import * as z from 'zod';
import { eventSchema } from './event.ts';
import { eventList } from './event-list.ts';
import { inPages } from './storage/pages.ts';
import type { EventStorage } from './storage/storage.ts';

/** Events in one request. */
export const MAX_BATCH = 1000;
const MINUTE_MS = 60_000;
const anything = z.unknown();

export interface RoutesOptions {
  readonly storage: EventStorage;
  readonly retentionMs: number;
  /** Name of this instance, where there are several. */
  readonly instance: string;
  readonly now?: () => number;
}

/** Everything below `/api/v1`. */
export function routes({ storage, retentionMs, instance, now = Date.now }: RoutesOptions): Hono {
  const startedAt = now();
  const counters = { requests: 0, accepted: 0, duplicates: 0 };
  const { analyticsQuery, eventsQuery } = queries(retentionMs / MINUTE_MS);
  const begin = (minutes: number) => now() - minutes * MINUTE_MS;
  const api = new Hono();

  const one = eventSchema({ now, retentionMs });
  const batch = z.array(one).max(MAX_BATCH, { error: `at most ${MAX_BATCH} events in one request` });
  api.post('/events', async (context) => {
    const body = await readJson(context, anything);
    const events = Array.isArray(body) ? checked(batch, body) : [checked(one, body)];
    const added = await storage.add(events);
    counters.requests += 1;
    counters.accepted += added;
    counters.duplicates += events.length - added;
    return context.json({ accepted: events.length, duplicates: events.length - added }, 202);
  });

  api.get('/analytics/top-tenants/errors', async (context) => {
    const { window, limit } = readQuery(context, analyticsQuery);
    return context.json({ window, limit, tenants: await storage.topByErrors(begin(window), limit) });
  });

  api.get('/analytics/top-tenants/latency', async (context) => {
    const { window, limit } = readQuery(context, analyticsQuery);
    const tenants = await storage.topByLatency(begin(window), limit);
    return context.json({ window, limit, unit: 'ms', tenants });
  });

  api.get('/debug/stats', async (context) =>
    context.json({
      storage: storage.name,
      ...(await storage.stats()),
      retentionS: retentionMs / 1000,
      instance: { name: instance, ...counters, uptimeS: Math.round((now() - startedAt) / 1000) },
    }),
  );

  api.get('/debug/events', async (context) => {
    const { window, limit } = readQuery(context, eventsQuery);
    const from = begin(window);
    if (limit === undefined) return eventList({ window, count: undefined, pages: storage.since(from) });
    const [count, events] = [await storage.count(from), await storage.newest(from, limit)];
    return eventList({ window, count, pages: inPages(events) });
  });

  return api;
}

/** @param maxWindow minutes for which events are kept. */
function queries(maxWindow: number) {
  const windowError = `must be a number of minutes, more than 0 and at most ${maxWindow}`;
  const limitError = 'must be a whole number from 1 to 100000';
  const number = (error: string) =>
    z
      .string()
      .regex(/^\d{1,9}(\.\d{1,3})?$/, { error, abort: true })
      .transform(Number);
  const window = number(windowError).pipe(
    z.number().gt(0, { error: windowError }).max(maxWindow, { error: windowError }),
  );
  const limit = number(limitError).pipe(
    z.int({ error: limitError }).min(1, { error: limitError }).max(100_000, { error: limitError }),
  );
  return {
    analyticsQuery: z.object({ window: window.default(Math.min(5, maxWindow)), limit: limit.default(10) }),
    eventsQuery: z.object({ window: window.default(Math.min(15, maxWindow)), limit: limit.optional() }),
  };
}
