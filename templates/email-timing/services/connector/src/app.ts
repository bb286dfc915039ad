/** The HTTP interface. 202 means: acknowledged by the broker; anything else says what may have happened. */
import type { Context, Hono } from 'hono';
import { type Endpoint, type Log, readJson } from 'stackctl/service-kit';
import { z } from 'zod';
import { identifiersOf } from './identifier.ts';
import { identityProblem } from './identity.ts';
import { PayloadError } from './incoming.ts';
import { type Ingested, type IngestParts, ingest } from './ingest.ts';
import { mockEvents } from './mock.ts';
import { PROVIDER_NAME, parsePayload } from './providers/parse.ts';
import { email, instant, parseWith } from './providers/schema.ts';

export interface AppParts extends IngestParts {
  readonly now: () => Date;
  /** Seed of a request that gives none. */
  readonly newSeed: () => string;
  readonly log: Pick<Log, 'warn'>;
  /** `/timing/decide` of the timing service. */
  readonly inference: Endpoint;
}

const MAX_MOCK_EVENTS = 10_000;
const DAY_MS = 86_400_000;

const mockQuery = z.object({
  count: z
    .string()
    .regex(/^\d{1,5}$/, `must be a number from 1 to ${MAX_MOCK_EVENTS}`)
    .transform(Number)
    .refine((count) => count >= 1 && count <= MAX_MOCK_EVENTS, `must be a number from 1 to ${MAX_MOCK_EVENTS}`)
    .default(10),
  seed: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, underscores or dashes')
    .optional(),
  until: instant.optional(),
});

const decideBody = z.object({ email, latency_seconds: z.number().min(0).max(604_800) });
const INFERENCE_MS = 3000;

/** Adds the routes to an app that has `/health` and `/ready`. */
export function connectorRoutes(app: Hono, parts: AppParts): Hono {
  app.post('/webhooks/:provider', (context) => webhook(parts, context));
  app.post('/api/mock/events/generate', (context) => generate(parts, context));
  app.post('/api/timing/decide', (context) => decide(parts, context));
  return app;
}

async function webhook(parts: AppParts, context: Context): Promise<Response> {
  const provider = context.req.param('provider') ?? '';
  if (!PROVIDER_NAME.test(provider)) {
    return invalid(context, [{ field: 'provider', message: 'must be 1 to 32 lower case letters, digits, _ or -' }]);
  }
  let body: unknown;
  try {
    body = JSON.parse(await context.req.text());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return invalid(context, [{ field: 'body', message: 'must be JSON' }]);
  }
  return refusable(context, async () => {
    const payload = parsePayload(provider, body, parts.now());
    const ingested = await ingestOrAnswer(parts, context, provider, () => ingest(parts, provider, payload.events));
    if (ingested instanceof Response) return ingested;
    const answer = { provider, accepted: ingested.events.length, ignored: payload.ignored };
    return context.json({ ...answer, event_ids: ingested.events.map(({ event_id }) => event_id) }, 202);
  });
}

function generate(parts: AppParts, context: Context): Promise<Response> {
  return refusable(context, async () => {
    const query = parseWith(mockQuery, context.req.query());
    const seed = query.seed ?? parts.newSeed();
    const until = query.until ?? new Date(Math.floor(parts.now().getTime() / DAY_MS) * DAY_MS);
    const events = mockEvents({ seed, count: query.count, until });
    const ingested = await ingestOrAnswer(parts, context, 'mock', () => ingest(parts, 'mock', events));
    if (ingested instanceof Response) return ingested;
    const answer = { accepted: ingested.events.length, seed, until: until.toISOString() };
    return context.json({ ...answer, events: ingested.events }, 202);
  });
}

/** The timing service knows no addresses; this one does, and asks on behalf of those who know nothing else. */
async function decide(parts: AppParts, context: Context): Promise<Response> {
  const { email: address, latency_seconds } = await readJson(context, decideBody);
  let universal_id: string | undefined;
  try {
    [universal_id] = await parts.identities.resolve([identifiersOf({ email: address }, parts.pepper)]);
  } catch (error) {
    parts.log.warn('identities cannot be resolved', { error });
    return context.json({ error: { message: identityProblem(error) } }, 503);
  }
  try {
    const { status, text } = await parts.inference.ask({
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ universal_id, latency_seconds }),
      timeoutMs: INFERENCE_MS,
    });
    return new Response(text, { status, headers: { 'content-type': 'application/json' } });
  } catch (error) {
    parts.log.warn('the timing service does not answer', { error });
    return context.json({ error: { message: 'the timing service does not answer' } }, 503);
  }
}

/** Answers 400 for a payload with mistakes, which the sender has to correct. */
async function refusable(context: Context, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof PayloadError) return invalid(context, error.faults);
    throw error;
  }
}

function invalid(context: Context, faults: readonly { field: string; message: string }[]): Response {
  const fault = faults[0];
  const message = fault === undefined ? 'invalid' : `${fault.field} ${fault.message}`;
  return context.json({ error: { field: fault?.field, message, faults: faults.slice(0, 20) } }, 400);
}

async function ingestOrAnswer(
  parts: AppParts,
  context: Context,
  provider: string,
  run: () => Promise<Ingested>,
): Promise<Ingested | Response> {
  let ingested: Ingested;
  try {
    ingested = await run();
  } catch (error) {
    if (error instanceof z.ZodError) throw error;
    parts.log.warn('identities cannot be resolved', { provider, error });
    return unavailable(context, 'not-sent', `${identityProblem(error)}; nothing was sent`);
  }
  const { outcome } = ingested;
  if (outcome.type === 'stored') return ingested;
  parts.log.warn('events not acknowledged', { provider, outcome: outcome.type, reason: outcome.reason });
  const message = `${MEANING[outcome.type]}: ${outcome.reason}`;
  if (outcome.type === 'refused') return context.json({ error: { outcome: outcome.type, message } }, 502);
  return unavailable(context, outcome.type, message);
}

const MEANING = {
  'not-sent': 'nothing was sent',
  unknown: 'the outcome is unknown, and sending the same events again is safe',
  refused: 'the broker has refused all or some of the events, and would again',
} as const;

function unavailable(context: Context, outcome: string, message: string): Response {
  context.header('retry-after', '1');
  return context.json({ error: { outcome, message } }, 503);
}
