/** Events as producers write them into the stream: flat fields, all text. Pure. */

import { parseInstant } from 'stackctl/service-kit';

/** A row of the table, every column as the text that PostgreSQL gets. */
export interface EventRow {
  readonly time: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly userId: string;
  /** A JSON object. */
  readonly properties: string | null;
}

export type CheckedEvent =
  | { readonly ok: true; readonly row: EventRow }
  | { readonly ok: false; readonly reason: string };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;
/** In characters. An index row of PostgreSQL holds 2704 bytes. */
const MAX_TEXT = 200;
const MAX_PROPERTIES = 65_536;
/** Every week with an event gets a chunk of its own: a clock that is wrong must not make thousands of them. */
const EARLIEST = Date.parse('2000-01-01T00:00:00Z');
const MAX_AHEAD_MS = 86_400_000;

/** The row for an entry of the stream, or the first reason why there can be none. @param fields name, value, name, value and so on. */
export function checkEvent(fields: readonly string[], now: Date): CheckedEvent {
  const found: Found = {};
  for (let at = 0; at < fields.length; at += 2) note(found, fields[at] ?? '', fields[at + 1] ?? '');
  const { eventId, time, eventType, userId, properties, unknown } = found;
  const reason =
    idProblem(eventId) ??
    timeProblem(time, now) ??
    textProblem('event_type', eventType) ??
    textProblem('user_id', userId) ??
    (properties === undefined ? undefined : propertiesProblem(properties)) ??
    (unknown === undefined ? undefined : `unknown field "${unknown.slice(0, MAX_TEXT)}"; put it into properties`);
  if (reason !== undefined) return { ok: false, reason };
  const row = { time: time ?? '', eventId: eventId ?? '', eventType: eventType ?? '', userId: userId ?? '' };
  return { ok: true, row: { ...row, properties: properties ?? null } };
}

interface Found {
  eventId?: string;
  time?: string;
  eventType?: string;
  userId?: string;
  properties?: string;
  /** Name of the first field that no column is for. */
  unknown?: string;
}

/** Of a name that is there twice, the last value counts. */
function note(found: Found, name: string, value: string): void {
  if (name === 'event_id') found.eventId = value;
  else if (name === 'time') found.time = value;
  else if (name === 'event_type') found.eventType = value;
  else if (name === 'user_id') found.userId = value;
  else if (name === 'properties') found.properties = value;
  else found.unknown ??= name;
}

function idProblem(id: string | undefined): string | undefined {
  if (id === undefined) return 'event_id is missing';
  return UUID.test(id) ? undefined : 'event_id must be a UUID';
}

function timeProblem(time: string | undefined, now: Date): string | undefined {
  if (time === undefined) return 'time is missing';
  const instant = INSTANT.test(time) ? parseInstant(time) : undefined;
  if (instant === undefined || 'problem' in instant)
    return 'time must be an instant as ISO 8601 with its zone, e.g. 2026-01-31T12:00:00Z';
  if (instant.ms < EARLIEST) return 'time must not be before the year 2000';
  return instant.ms > now.getTime() + MAX_AHEAD_MS ? 'time must not be more than a day ahead' : undefined;
}

function textProblem(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return `${name} is missing`;
  return text.length >= 1 && text.length <= MAX_TEXT ? undefined : `${name} must have 1 to ${MAX_TEXT} characters`;
}

function propertiesProblem(text: string): string | undefined {
  if (text.length > MAX_PROPERTIES) return `properties must have at most ${MAX_PROPERTIES} characters`;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return undefined;
  } catch (error) {
    return `properties must be JSON: ${error instanceof Error ? error.message.slice(0, MAX_TEXT) : ''}`;
  }
  return 'properties must be a JSON object';
}
