/** What a request brings, checked. */
import type { Context } from 'hono';
import type { ZodType, z } from 'zod';
import { RequestError } from './request-error.ts';

/**
 * The JSON body, whatever the content type says: `curl -d '{…}'` calls it a form.
 * @throws RequestError 400 that names the first wrong field.
 */
export async function readJson<Value>(context: Context, schema: ZodType<Value>): Promise<Value> {
  return checked(schema, parseJson(await context.req.text()));
}

/**
 * The query parameters; one that is given twice counts once, the first time.
 * @throws RequestError 400 that names the first wrong one.
 */
export function readQuery<Value>(context: Context, schema: ZodType<Value>): Value {
  return checked(schema, context.req.query());
}

/**
 * The value as the schema wants it.
 * @throws RequestError 400 that names the first wrong field, e.g. `[3].status`.
 */
export function checked<Value>(schema: ZodType<Value>, value: unknown): Value {
  // Without words for mistakes at first: with them zod takes three times as long for what has none.
  const right = schema.safeParse(value);
  if (right.success) return right.data;
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? undefined : fieldName(issue.path);
  throw new RequestError(400, issue?.message ?? 'is not valid', field);
}

/** For a person, where the schema has no words of its own. */
export function plainWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'unrecognized_keys':
      return `no such field: ${issue.keys.join(', ')}`;
    case 'too_small':
      return `must ${bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    case 'invalid_format':
      return `must be ${FORMAT_WORDS[issue.format] ?? 'written otherwise'}`;
    default:
      return 'is not valid';
  }
}

const FORMAT_WORDS: Readonly<Record<string, string>> = {
  datetime: 'an instant such as 2026-01-01T00:00:00Z',
  date: 'a date such as 2026-01-01',
  uuid: 'a UUID',
  email: 'an email address',
  url: 'a URL',
};

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a JSON object',
  array: 'a list',
};

/** `be at least 1`, `have at most 9 characters`. */
function bound(origin: string, words: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${words} ${limit} characters`;
  if (origin === 'array') return `have ${words} ${limit} items`;
  return `be ${words} ${limit}`;
}

/** `[3, 'status']` -> `[3].status`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new RequestError(400, 'the body is empty, JSON was expected');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestError(400, `the body is not JSON: ${(error as SyntaxError).message}`);
  }
}
