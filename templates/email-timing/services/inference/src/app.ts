/** The HTTP interface: features from the cache or the store, a decision from the features. */
import type { Context, Hono } from 'hono';
import { type Log, readJson } from 'stackctl/service-kit';
import { z } from 'zod';
import { UNIVERSAL_ID } from '../../../shared/event.ts';
import type { Aliases } from './aliases.ts';
import type { HistoryCache } from './cache.ts';
import { decide } from './decide.ts';
import type { HistoryStore } from './history.ts';
import type { History } from './score.ts';

export interface AppParts {
  readonly cache: HistoryCache;
  readonly history: HistoryStore;
  readonly aliases: Aliases;
  readonly now: () => Date;
  readonly log: Pick<Log, 'warn'>;
}

/** Where the features of an answer came from, in the header `x-features`. */
type Source = 'cache' | 'clickhouse' | 'clickhouse; cache unavailable';

const HOUR_MS = 3_600_000;
const LATEST = Date.UTC(2200, 0, 1);

const decideBody = z.object({
  universal_id: z.string().regex(UNIVERSAL_ID, 'must be sf_ and 1 to 64 letters, digits, underscores or dashes'),
  latency_seconds: z.number({ error: 'must be a number of seconds from 0 to 604800' }).min(0).max(604_800),
  now: z.iso
    .datetime({ offset: true, error: 'must be ISO 8601 with an offset' })
    .transform((text) => new Date(text))
    .refine((time) => time.getTime() > 0 && time.getTime() < LATEST, 'must be a time from 1970 to 2199')
    .optional(),
});

export function inferenceRoutes(app: Hono, parts: AppParts): Hono {
  app.post('/timing/decide', (context) => answer(parts, context));
  return app;
}

async function answer(parts: AppParts, context: Context): Promise<Response> {
  const { universal_id: universalId, latency_seconds: latencySeconds, now } = await readJson(context, decideBody);
  const at = now ?? parts.now();
  let features: Features;
  try {
    features = await featuresOf(parts, universalId, at);
  } catch (error) {
    parts.log.warn('no features', { error });
    context.header('retry-after', '1');
    return context.json({ error: { message: 'the event store does not answer' } }, 503);
  }
  context.header('x-features', features.source);
  return context.json(decide({ universalId, latencySeconds, now: at, history: features.history }));
}

interface Features {
  readonly history: History;
  readonly source: Source;
}

/** By the full hour, so that two questions within it find the same history, with the cache and without. */
async function featuresOf(parts: AppParts, universalId: string, at: Date): Promise<Features> {
  const until = new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS + HOUR_MS);
  const key = `timing:history:1:${universalId}:${until.getTime() / HOUR_MS}`;
  const cached = await fromCache(parts, () => parts.cache.get(key));
  if (cached.value !== undefined) return { history: cached.value, source: 'cache' };
  const history = await parts.history.read(await aliasesOf(parts, universalId), until);
  if (!cached.available) return { history, source: 'clickhouse; cache unavailable' };
  await fromCache(parts, () => parts.cache.put(key, history));
  return { history, source: 'clickhouse' };
}

async function fromCache<T>({ log }: AppParts, ask: () => Promise<T>): Promise<{ value?: T; available: boolean }> {
  try {
    return { value: await ask(), available: true };
  } catch (error) {
    log.warn('redis does not answer, going on without the cache', { error });
    return { available: false };
  }
}

/** Without Postgres the id stands for itself: right unless it was merged. */
async function aliasesOf({ aliases, log }: AppParts, universalId: string): Promise<readonly string[]> {
  try {
    return await aliases.of(universalId);
  } catch (error) {
    log.warn('postgres does not answer, merged ids are left out', { error });
    return [universalId];
  }
}
