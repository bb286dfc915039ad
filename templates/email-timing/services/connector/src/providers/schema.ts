/** Pieces that the providers' schemas share. */

import { parseInstant } from 'stackctl/service-kit';
import { z } from 'zod';
import { isStorable } from '../../../../shared/event.ts';
import { type Fault, PayloadError } from '../incoming.ts';

export const MAX_EVENTS = 1000;
const SECONDS_LIMIT = 100_000_000_000;

export const email = z
  .string()
  .max(320)
  .refine((text) => /^[^\s@]+@[^\s@]+$/.test(text.trim()), 'must be an email address');

/** Seconds or milliseconds since 1970, or ISO 8601 with an offset. */
export const instant = z
  .union([z.number(), z.string().max(64)], { error: 'must be seconds since 1970 or ISO 8601' })
  .transform((value, context) => {
    const time = new Date(typeof value === 'number' ? milliseconds(value) : isoMilliseconds(value));
    if (!Number.isNaN(time.getTime()) && isStorable(time)) return time;
    context.addIssue({ code: 'custom', message: 'must be seconds since 1970 or ISO 8601 with an offset' });
    return z.NEVER;
  });

const MAX_METADATA = 16_384;
/** Deep enough for every provider, and shallow enough for functions that call themselves. */
const MAX_DEPTH = 32;

/** At most this much of what a provider sends along is kept with the event. */
export const metadata = z
  .record(z.string().max(128), z.unknown())
  .refine(isModest, `must be at most 16 KB of JSON, at most ${MAX_DEPTH} levels deep`);

function isModest(value: unknown): boolean {
  return isShallow(value, MAX_DEPTH) && JSON.stringify(value).length <= MAX_METADATA;
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((item) => isShallow(item, levels - 1));
}

/** One event or several: providers send both. */
export function oneOrMany<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(schema).min(1).max(MAX_EVENTS));
}

/** @throws PayloadError naming every field that is wrong. */
export function parseWith<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const single = !Array.isArray(body);
  throw new PayloadError(result.error.issues.map((issue) => faultOf(issue, single)));
}

function faultOf(issue: z.core.$ZodIssue, single: boolean): Fault {
  const path = single && issue.path[0] === 0 ? issue.path.slice(1) : issue.path;
  return { field: fieldName(path) || 'body', message: issue.message };
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function milliseconds(value: number): number {
  return Math.round(Math.abs(value) < SECONDS_LIMIT ? value * 1000 : value);
}

/** A date alone says no moment. */
function isoMilliseconds(text: string): number {
  const instant = parseInstant(text);
  return 'ms' in instant && /t/i.test(text) ? instant.ms : Number.NaN;
}
