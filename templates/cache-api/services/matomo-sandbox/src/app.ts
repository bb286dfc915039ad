/**
 * A small upstream in place of a Matomo: reports (`index.php`), tracking (`matomo.php`), and what it got (`/sandbox/…`).
 * Parameters and answers: https://developer.matomo.org/api-reference/reporting-api and …/tracking-api
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Context, Hono } from 'hono';
import { createApp, type Log, readJson, type Secret } from 'stackctl/service-kit';
import * as z from 'zod';
import type { Ledger } from './ledger.ts';
import { MATOMO_VERSION, REPORTS } from './numbers.ts';

export interface SandboxOptions {
  readonly token: Secret;
  readonly ledger: Ledger;
  readonly log: Log;
}

type Parameters = Readonly<Record<string, string>>;

/** How it answers from now on; for trying out what callers do with a slow or failing upstream. */
const behaviourSchema = z.strictObject({
  /** Milliseconds before each answer. */
  latencyMs: z.number().int().min(0).max(60_000).default(0),
  /** So many of the next calls are answered with 500 and not counted. */
  failNext: z.number().int().min(0).max(1_000_000).default(0),
});

/** Bytes of a transparent pixel of 1 x 1 points: what Matomo answers with unless `send_image=0` is asked for. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

export function createSandbox({ token, ledger, log }: SandboxOptions): Hono {
  const app = createApp({ log, checks: [] });
  const behaviour = { latencyMs: 0, failNext: 0 };

  /** True: this call fails. */
  const fails = async (): Promise<boolean> => {
    if (behaviour.latencyMs > 0) await delay(behaviour.latencyMs);
    if (behaviour.failNext === 0) return false;
    behaviour.failNext -= 1;
    return true;
  };

  const report = async (context: Context): Promise<Response> => {
    const parameters = await parametersOf(context);
    if (await fails()) return context.text('the sandbox fails, as asked for', 500);
    const method = parameters.method ?? '';
    ledger.noteReport(method);
    return context.json(answerReport(parameters, token));
  };

  const track = async (context: Context): Promise<Response> => {
    const parameters = await parametersOf(context);
    if (await fails()) return context.text('the sandbox fails, as asked for', 500);
    if (!isTrackable(parameters)) return context.text('idsite (a number) and rec=1 are required', 400);
    await ledger.noteTracking({ site: Number(parameters.idsite), url: parameters.url ?? '' });
    if (parameters.send_image === '0') return context.body(null, 204);
    return context.body(PIXEL, 200, { 'Content-Type': 'image/gif' });
  };

  for (const path of ['/', '/index.php']) app.on(['GET', 'POST'], path, report);
  for (const path of ['/matomo.php', '/piwik.php']) app.on(['GET', 'POST'], path, track);
  app.get('/sandbox/stats', (context) => context.json(ledger.stats(context.req.query('url'))));
  app.get('/sandbox/tracked', (context) => context.json({ urls: ledger.urls(context.req.query('contains') ?? '') }));
  app.post('/sandbox/behaviour', async (context) =>
    context.json(Object.assign(behaviour, await readJson(context, behaviourSchema))),
  );
  app.post('/sandbox/reset', async (context) => {
    await ledger.clear();
    Object.assign(behaviour, { latencyMs: 0, failNext: 0 });
    return context.json(ledger.stats(undefined));
  });
  return app;
}

/** Of the query and of a form in the body; the body counts where both have one. */
async function parametersOf(context: Context): Promise<Parameters> {
  const body = context.req.method === 'POST' ? await context.req.text() : '';
  return { ...context.req.query(), ...Object.fromEntries(new URLSearchParams(body)) };
}

/** Matomo answers a mistake with status 200 and `result: error`. */
function answerReport(parameters: Parameters, token: Secret): unknown {
  const refuse = (message: string) => ({ result: 'error', message });
  const { module, method = '', format, token_auth: given, idSite = '', period = '', date = '' } = parameters;
  if (module !== 'API') return refuse('the sandbox answers module=API only');
  if (format?.toLowerCase() !== 'json') return refuse('the sandbox answers format=json only');
  if (given !== token.reveal()) return refuse('Unable to authenticate with the provided token.');
  if (method === 'API.getMatomoVersion') return { value: MATOMO_VERSION };
  const numbers = REPORTS[method];
  if (numbers === undefined) return refuse(`the sandbox does not know the method "${method}"`);
  if (!/^[1-9]\d*$/.test(idSite)) return refuse('idSite must be the number of a site');
  if (!['day', 'week', 'month', 'year', 'range'].includes(period)) return refuse(`the period "${period}" is not known`);
  if (date === '') return refuse('date is missing');
  return numbers({ site: Number(idSite), period, date });
}

function isTrackable({ idsite = '', rec }: Parameters): boolean {
  return /^[1-9]\d*$/.test(idsite) && rec === '1';
}
