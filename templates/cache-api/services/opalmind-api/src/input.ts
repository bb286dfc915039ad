/** What the requests may hold. */
import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import { checked, RequestError } from 'stackctl/service-kit';
import * as z from 'zod';

const MAX_GET_BODY_BYTES = 16 * 1024;
const MAX_URL_LENGTH = 4096;

/** As a number or, in a query, as its digits. */
const siteId = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,10}$/)
        .transform(Number),
    ],
    { error: 'must be the number of a site' },
  )
  .pipe(z.number().int().min(1).max(2_147_483_647));

const ONE_DAY = /^(today|yesterday|\d{4}-\d{2}-\d{2})$/;
const SEVERAL_DAYS = /^((last|previous)\d{1,4}|\d{4}-\d{2}-\d{2},(\d{4}-\d{2}-\d{2}|today|yesterday))$/;

const DATE_ERROR =
  'must be today, yesterday or YYYY-MM-DD; with the period "range" lastN, previousN or two such days with a comma';

const keyNumbersInput = z
  .strictObject({
    period: z
      .enum(['day', 'week', 'month', 'year', 'range'], { error: 'must be day, week, month, year or range' })
      .default('day'),
    date: z.string({ error: DATE_ERROR }).default('today'),
    siteId: siteId.optional(),
  })
  .refine(({ period, date }) => (period === 'range' ? SEVERAL_DAYS : ONE_DAY).test(date), {
    path: ['date'],
    error: DATE_ERROR,
  })
  .refine(({ date }) => (date.match(/\d{4}-\d{2}-\d{2}/g) ?? []).every(isDay), {
    path: ['date'],
    error: 'must be a day that the calendar has',
  });

const URL_ERROR = 'must be a URL that starts with http:// or https://';

const pageUrl = z
  .string({ error: URL_ERROR })
  .max(MAX_URL_LENGTH, { error: `must not be longer than ${MAX_URL_LENGTH} characters` })
  .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), {
    error: URL_ERROR,
  });

const pageviewInput = z.strictObject({
  url: pageUrl,
  siteId: siteId.optional(),
  title: z.string().max(1000).optional(),
  referrer: pageUrl.optional(),
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, { error: 'must be 1 to 200 printable ASCII characters without spaces' })
    .optional(),
});

export type KeyNumbersInput = z.output<typeof keyNumbersInput>;
export type PageviewInput = z.output<typeof pageviewInput>;

/** From the query, the body, or both; what the body says counts. */
export async function readKeyNumbers(context: Context): Promise<KeyNumbersInput> {
  const text = context.req.method === 'GET' ? await bodyOfGet(context) : await context.req.text();
  const body = text.trim() === '' ? {} : objectOf(text);
  return checked(keyNumbersInput, { ...context.req.query(), ...body });
}

export async function readPageview(context: Context): Promise<PageviewInput> {
  return checked(pageviewInput, objectOf(await context.req.text()));
}

/** E.g. `2026-02-28`; of `2026-02-29` a Date makes the first of March. */
function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Whatever the content type says: `curl -d '{…}'` calls it a form. */
function objectOf(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RequestError(400, `the body is not JSON: ${(error as SyntaxError).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new RequestError(400, 'the body must be a JSON object');
}

/** `curl -X GET -d …` sends one, which a web Request cannot hold. */
async function bodyOfGet(context: Context): Promise<string> {
  const { incoming } = context.env as { readonly incoming: IncomingMessage };
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_GET_BODY_BYTES) throw new RequestError(413, `the body is larger than ${MAX_GET_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
