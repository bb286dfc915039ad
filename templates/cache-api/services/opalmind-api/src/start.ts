import { randomUUID } from 'node:crypto';
import { type Log, type ServiceContext, type Stoppable, serve } from 'stackctl/service-kit';
import { createApi } from './app.ts';
import { createCache } from './cache.ts';
import { createIdempotency } from './idempotency.ts';
import { createMatomo } from './matomo.ts';
import { createRedisLink, type RedisLink } from './redis-link.ts';
import type { Settings } from './settings.ts';
import { createFallbackStore } from './stores/fallback-store.ts';
import { createMemoryStore } from './stores/memory-store.ts';
import { createRedisStore } from './stores/redis-store.ts';
import type { Store } from './stores/store.ts';

/** What memory holds of each kind at most; the least recently used goes first. */
const MEMORY_ENTRIES = 10_000;
/** A start waits this long for Redis, so that an API that starts beside it does not begin on memory. */
const FIRST_CONNECTION_MS = 2000;
/** A claim outlives the call to Matomo by this: time to write the result down. */
const CLAIM_MARGIN_MS = 2000;

export async function start({ settings, log, stopping }: ServiceContext<Settings>): Promise<readonly Stoppable[]> {
  const link = linkOf(settings, log, stopping);
  const matomo = createMatomo({
    baseUrl: settings.MATOMO_BASE_URL,
    token: settings.MATOMO_TOKEN,
    timeoutMs: settings.MATOMO_TIMEOUT_MS,
  });
  const cache = createCache({
    store: storeOf(link, settings.REDIS_CACHE_PREFIX, log),
    ttlMs: settings.REDIS_CACHE_TTL * 1000,
  });
  const records = storeOf(link, settings.REDIS_IDEMPOTENCY_PREFIX, log);
  const idempotency = createIdempotency({
    store: records,
    ttlMs: settings.REDIS_IDEMPOTENCY_TTL * 1000,
    claimMs: settings.MATOMO_TIMEOUT_MS + CLAIM_MARGIN_MS,
    newOwner: randomUUID,
  });
  const api = createApi({
    log,
    token: settings.OPAL_BEARER_TOKEN,
    defaultSiteId: settings.MATOMO_DEFAULT_SITE_ID,
    matomo,
    cache,
    idempotency,
    link,
  });
  await link?.firstConnection(FIRST_CONNECTION_MS);
  const server = await serve(api, { host: settings.HOST, port: settings.PORT, log });
  // The outcomes of the last requests are written before the connection ends.
  return [server, ...('stop' in records ? [records] : []), ...(link === undefined ? [] : [link])];
}

function linkOf(settings: Settings, log: Log, stopping: AbortSignal): RedisLink | undefined {
  if (settings.REDIS_HOST === undefined) {
    log.info('No REDIS_HOST: everything is kept in memory');
    return undefined;
  }
  return createRedisLink({
    host: settings.REDIS_HOST,
    port: settings.REDIS_PORT,
    password: settings.REDIS_PASSWORD,
    db: settings.REDIS_DB,
    tls: settings.REDIS_TLS,
    log,
    stopping,
  });
}

/** For lifetimes in this process: unlike the time of day, it is never set back. */
const now = (): number => Math.floor(performance.now());

function storeOf(link: RedisLink | undefined, prefix: string, log: Log): Store | (Store & Stoppable) {
  const memory = createMemoryStore({ maxEntries: MEMORY_ENTRIES, now });
  if (link === undefined) return memory;
  const redis = createRedisStore({ link, prefix });
  return createFallbackStore({ link, redis, memory, maxBacklog: MEMORY_ENTRIES, now, log });
}
