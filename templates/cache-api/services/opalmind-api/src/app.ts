import { hash, randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { createApp, jsonAnswer, type Log, readiness, type Secret } from 'stackctl/service-kit';
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
    return jsonAnswer({ siteId, period, date, cached, keyNumbers: value }, waitHeader(budget));
  });

  app.post('/track/pageview', async (context) => {
    const { idempotencyKey, siteId = defaultSiteId, ...page } = await readPageview(context);
    const key = idempotencyKey ?? randomUUID();
    const budget = createWaitBudget();
    const { result, replayed } = await idempotency.once({
      key,
      isOwnKey: idempotencyKey === undefined,
      fingerprint: fingerprintOf([siteId, page.url, page.title, page.referrer]),
      budget,
      send: async () => {
        await matomo.trackPageview({ siteId, ...page });
        return { ok: true, idempotencyKey: key, siteId, url: page.url, trackedAt: new Date().toISOString() };
      },
    });
    return jsonAnswer(result, { ...waitHeader(budget), ...(replayed ? { 'Idempotency-Replayed': 'true' } : {}) });
  });

  app.get('/tools/get-cache-stats', async (context) => context.json(await cache.stats(createWaitBudget())));

  app.get('/tools/get-health-status', async (context) => {
    const { status, checks: results } = await readiness(checks, HEALTH_DEADLINE_MS);
    return context.json({ status: status === 'ready' ? 'healthy' : 'degraded', checks: results });
  });
  return app;
}

/** Milliseconds that this request waited for Redis: https://www.w3.org/TR/server-timing/ */
function waitHeader(budget: WaitBudget): Readonly<Record<string, string>> {
  return { 'Server-Timing': `redis;dur=${budget.spentMs().toFixed(1)}` };
}

function fingerprintOf(parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32);
}
