import { createHash, randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { createApp, type Log, readiness, type Secret } from 'stackctl/service-kit';
import { requireBearer } from './bearer.ts';
import type { Cache } from './cache.ts';
import { checksOf } from './checks.ts';
import type { Idempotency } from './idempotency.ts';
import { readKeyNumbers, readPageview } from './input.ts';
import type { Matomo } from './matomo.ts';
import type { RedisLink } from './redis-link.ts';
import { createWaitBudget, type WaitBudget } from './wait-budget.ts';

export interface ApiOptions {
  readonly log: Log;
  readonly token: Secret;
  /** The site of a request that names none. */
  readonly defaultSiteId: number;
  readonly matomo: Matomo;
  readonly cache: Cache;
  readonly idempotency: Idempotency;
  /** Undefined: everything is in memory, as was asked for. */
  readonly link: RedisLink | undefined;
}

const MAX_BODY_BYTES = 64 * 1024;
/** Milliseconds for the checks: the client waits about a second. */
const HEALTH_DEADLINE_MS = 800;

export function createApi({ log, token, defaultSiteId, matomo, cache, idempotency, link }: ApiOptions): Hono {
  const checks = checksOf(link, matomo);
  const app = createApp({ log, checks, maxBodyBytes: MAX_BODY_BYTES });
  for (const path of ['/tools/*', '/track/*']) app.use(path, requireBearer(token));

  app.on(['GET', 'POST'], '/tools/get-key-numbers', async (context) => {
    const { period, date, siteId = defaultSiteId } = await readKeyNumbers(context);
    const budget = createWaitBudget();
    const load = () => matomo.keyNumbers({ siteId, period, date });
    const { value, cached } = await cache.get(`key-numbers:${siteId}:${period}:${date}`, load, budget);
    setWaitHeader(context, budget);
    return context.json({ siteId, period, date, cached, keyNumbers: value });
  });

  app.post('/track/pageview', async (context) => {
    const { idempotencyKey: key = randomUUID(), siteId = defaultSiteId, ...page } = await readPageview(context);
    const budget = createWaitBudget();
    const { result, replayed } = await idempotency.once({
      key,
      fingerprint: fingerprintOf([siteId, page.url, page.title, page.referrer]),
      budget,
      send: async () => {
        await matomo.trackPageview({ siteId, ...page });
        return { ok: true, idempotencyKey: key, siteId, url: page.url, trackedAt: new Date().toISOString() };
      },
    });
    setWaitHeader(context, budget);
    if (replayed) context.header('Idempotency-Replayed', 'true');
    return context.json(result as Readonly<Record<string, unknown>>);
  });

  app.get('/tools/get-cache-stats', async (context) => context.json(await cache.stats(createWaitBudget())));

  app.get('/tools/get-health-status', async (context) => {
    const { status, checks: results } = await readiness(checks, HEALTH_DEADLINE_MS);
    return context.json({ status: status === 'ready' ? 'healthy' : 'degraded', checks: results });
  });
  return app;
}

/** Milliseconds that this request waited for Redis: https://www.w3.org/TR/server-timing/ */
function setWaitHeader(context: Context, budget: WaitBudget): void {
  context.header('Server-Timing', `redis;dur=${budget.spentMs().toFixed(1)}`);
}

function fingerprintOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
