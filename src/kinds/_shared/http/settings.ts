/** What a profile says of the requests to an application, and of how it is read back. */
import * as z from 'zod';
import { isHttpToken } from '../../../lib/http-token.ts';
import { Secret } from '../../../lib/secret.ts';
import { secretOption } from '../../../stack/values/secret-option.ts';

/** `{{name}}`, as it stands for what is drawn. */
export const DRAWN = /\{\{\s*([^{}]*?)\s*\}\}/g;

const path = z.string().refine((text) => /^\/\S*$/.test(text.replaceAll(DRAWN, 'x')), {
  error: 'must begin with / and have no blanks',
});
const PORT = "Name of the service's port that is asked. Default: `http`, else its first one";
const port = z.string().optional();
const header = z.string().regex(/^[^\r\n\0]*$/, { error: 'must be one line' });
const SET_HERE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection']);
const isOwnHeader = (name: string): boolean => isHttpToken(name) && !SET_HERE.has(name.toLowerCase());
const headers = z
  .record(z.string(), z.union([header, secretOption()], { error: 'must be text of one line' }))
  .refine((all) => Object.keys(all).every(isOwnHeader), {
    error:
      'has a name that no header has, or one that is set for each request (content-length, transfer-encoding, connection)',
  })
  .default({});
const headerName = z.string().refine(isHttpToken, { error: 'must be the name of a header' });

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' });

/** Where an answer says whether it came from a cache. `is`: what stands there then. */
const hit = z.union(
  [
    z.strictObject({ header: headerName, is: z.string().min(1).default('hit') }),
    z.strictObject({ field: z.string().min(1), is: scalar.default(true) }),
  ],
  { error: 'must be { header: X-Cache, is: HIT } or { field: cached, is: true }' },
);

/** Without a body there is nothing that could be a list, and a path that is drawn is one event's. */
const APART =
  'cannot be together: each event is a request of its own, because its method has no body, or because it is drawn';

export const sinkSettings = z
  .strictObject({
    port: port.describe(PORT),
    path: path.describe('May hold draws; each is percent-encoded'),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST').describe('GET and DELETE have no body'),
    query: z
      .record(z.string(), z.union([scalar, z.array(scalar)]))
      .default({})
      .describe('Behind the path; may hold draws, and a value that is null is left out'),
    headers: headers.describe('May hold draws, and values of type secret'),
    events: z
      .enum(['together', 'apart'])
      .optional()
      .describe(
        '`together`: a list of events in one request; `apart`: a request for each. Default: together, where that can be',
      ),
    knowsRepetitions: z
      .boolean()
      .default(false)
      .describe('The service knows an event by what its body says, and stores one that it gets again no second time'),
    idempotencyKey: z
      .string()
      .refine(isOwnHeader, { error: 'must be the name of a header' })
      .optional()
      .describe(
        'Header by which the service knows a request that it gets again; its value is the id of the first event',
      ),
    hit: hit.optional().describe('Where an answer says whether it came from a cache'),
  })
  .refine(({ events, ...parts }) => events !== 'together' || !isApart(parts), { path: ['events'], error: APART });

/** The answer is searched for ids. */
export const storeSettings = z.strictObject({
  port: port.describe(PORT),
  path: path.describe('`{run}` in it becomes the id of the run; the answer is searched for ids'),
  headers: headers.describe('May hold values of type secret'),
});

export type SinkSettings = z.output<typeof sinkSettings>;
export type StoreSettings = z.output<typeof storeSettings>;
export type HitSettings = z.output<typeof hit>;

/** GET and DELETE: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.5 gives a body of them no meaning. */
export function hasBody({ method }: { readonly method: string }): boolean {
  return method !== 'GET' && method !== 'DELETE';
}

export interface RequestParts {
  readonly path: string;
  readonly query: Readonly<Record<string, Scalar | readonly Scalar[]>>;
  readonly headers: Readonly<Record<string, string | Secret>>;
}

type Scalar = string | number | boolean;

/** Names that stand in the path, the query and the headers. */
export function namesIn({ path: to, query, headers: own }: RequestParts): readonly string[] {
  const texts = [to, ...Object.values(query).flat(), ...Object.values(own)].map((value) =>
    value instanceof Secret ? value.reveal() : String(value),
  );
  return texts.flatMap((text) => [...text.matchAll(DRAWN)].map(([, name = '']) => name));
}

function isApart(settings: RequestParts & { readonly method: string }): boolean {
  return !hasBody(settings) || namesIn(settings).length > 0;
}
