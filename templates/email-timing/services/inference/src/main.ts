import process from 'node:process';
import { Hono } from 'hono';
import { createApp, type ReadinessCheck, readiness, runService, serve } from 'stackctl/service-kit';
import { openAliases } from './aliases.ts';
import { inferenceRoutes } from './app.ts';
import { openCache } from './cache.ts';
import { MODEL_VERSION } from './decide.ts';
import { openHistoryStore } from './history.ts';
import { settings } from './settings.ts';

const STORE_MS = 2000;
const ALIASES_MS = 1000;
const CACHE_MS = 150;
const CHECK_MS = 800;

await runService(process, {
  name: 'inference',
  settings,
  async start({ settings: given, log }) {
    const history = openHistoryStore({
      url: `http://${given.CLICKHOUSE_HOST}:${given.CLICKHOUSE_PORT}`,
      database: given.CLICKHOUSE_DATABASE,
      user: given.CLICKHOUSE_USER,
      password: given.CLICKHOUSE_PASSWORD.reveal(),
      timeoutMs: STORE_MS,
    });
    const aliases = openAliases({
      host: given.POSTGRES_HOST,
      port: given.POSTGRES_PORT,
      database: given.POSTGRES_DB,
      user: given.POSTGRES_USER,
      password: given.POSTGRES_PASSWORD.reveal(),
      timeoutMs: ALIASES_MS,
      onError: (error) => log.warn('connection to postgres lost', { error }),
    });
    const cache = openCache({
      host: given.REDIS_HOST,
      port: given.REDIS_PORT,
      timeoutMs: CACHE_MS,
      ttlS: given.FEATURES_TTL_S,
      emptyTtlS: Math.min(5, given.FEATURES_TTL_S),
      onError: (error) => log.debug('redis', { error }),
    });
    const checks: readonly ReadinessCheck[] = [
      { name: 'clickhouse', check: quietly((signal) => history.check(signal)) },
      { name: 'redis-connection', essential: false, check: quietly(() => cache.check()) },
      { name: 'postgres', essential: false, check: quietly(() => aliases.check()) },
    ];
    const app = new Hono();
    app.get('/health', async (context) => {
      const { status, checks: results } = await readiness(checks, CHECK_MS);
      return context.json({
        status: status === 'ready' ? 'ok' : 'degraded',
        model_version: MODEL_VERSION,
        checks: results,
      });
    });
    const rest = inferenceRoutes(createApp({ log, checks }), { cache, history, aliases, now: () => new Date(), log });
    app.all('*', (context) => rest.fetch(context.req.raw, context.env));
    const server = await serve(app, { host: given.HOST, port: given.PORT, log });
    return [
      server,
      { name: 'redis', stop: () => cache.close() },
      { name: 'postgres', stop: () => aliases.close() },
      { name: 'clickhouse', stop: () => history.close() },
    ];
  },
});

function quietly(check: (signal: AbortSignal) => Promise<void>): ReadinessCheck['check'] {
  return async (signal) => {
    await check(signal);
    return undefined;
  };
}
