import { randomUUID } from 'node:crypto';
import * as z from 'zod';

/** One request that an application served, as its storage keeps it: these fields, in this order. */
export interface TrackedEvent {
  /** What makes an event that is sent twice count once; of its tenant alone. */
  readonly eventId: string;
  readonly tenantId: string;
  readonly method: string;
  readonly path: string;
  /** HTTP status. */
  readonly status: number;
  readonly latencyMs: number;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  /** Why it failed; absent when it did not. */
  readonly error?: string;
}

export interface EventLimits {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Older events are not kept, so they are refused. */
  readonly retentionMs: number;
}

/** How far the clock of a sender may be ahead, in milliseconds. */
const MAX_AHEAD_MS = 60_000;
const MAX_LATENCY_MS = 86_400_000;
const MAX_ERROR = 2000;

const text = (max: number) =>
  z
    .string({ error: 'must be text' })
    .min(1, { error: 'must not be empty' })
    .max(max, { error: `must have at most ${max} characters` });

const STATUS = 'must be an HTTP status from 100 to 599';
const LATENCY = `must be a number of milliseconds from 0 to ${MAX_LATENCY_MS}`;
const TIMESTAMP = 'must be an ISO 8601 time with a zone, or milliseconds since 1970';

const isoTime = z.iso.datetime({ offset: true, error: TIMESTAMP });
const milliseconds = z.int({ error: TIMESTAMP }).min(0, { error: TIMESTAMP }).max(8.64e15, { error: TIMESTAMP });

/** Of plain values: a schema that changes them field by field takes several times as long. */
const fields = z.object(
  {
    eventId: text(200).optional(),
    tenantId: text(200),
    method: text(20),
    path: text(2048),
    status: z.int({ error: STATUS }).min(100, { error: STATUS }).max(599, { error: STATUS }),
    latencyMs: z.number({ error: LATENCY }).min(0, { error: LATENCY }).max(MAX_LATENCY_MS, { error: LATENCY }),
    timestamp: z.union([isoTime, milliseconds], { error: TIMESTAMP }).optional(),
    error: z.union([z.string(), z.boolean(), z.null()], { error: 'must be text, true, false or null' }).optional(),
  },
  { error: 'must be an event: an object with tenantId, method, path, status and latencyMs' },
);

/**
 * What a client may send as one event. Unknown fields are left out; events without an id are events of their own. To be made once:
 * that takes far longer than to check an event by it.
 */
export function eventSchema({ now, retentionMs }: EventLimits): z.ZodType<TrackedEvent> {
  const tooOld = `is older than the ${retentionMs / 1000} s that are kept`;
  return fields.transform((event, context) => {
    const { timestamp } = event;
    const current = now();
    const time = typeof timestamp === 'string' ? Date.parse(timestamp) : (timestamp ?? current);
    const problem = time > current + MAX_AHEAD_MS ? 'is in the future' : time <= current - retentionMs ? tooOld : '';
    if (problem !== '') context.addIssue({ code: 'custom', path: ['timestamp'], message: problem });
    return {
      eventId: event.eventId ?? randomUUID(),
      tenantId: event.tenantId,
      method: event.method.toUpperCase(),
      path: event.path,
      status: event.status,
      latencyMs: event.latencyMs,
      timestamp: new Date(time).toISOString(),
      ...errorField(event.error),
    };
  });
}

/** A request failed when its status says so or an error was noted. */
export function isError({ status, error }: TrackedEvent): boolean {
  return status >= 400 || error !== undefined;
}

/** Two events with this in common are the same one, whatever else they say: tenants cannot take each other's ids. */
export function identityOf({ tenantId, eventId }: TrackedEvent): string {
  return JSON.stringify([tenantId, eventId]);
}

export function timeOf({ timestamp }: TrackedEvent): number {
  return Date.parse(timestamp);
}

function errorField(error: string | boolean | null | undefined): Pick<TrackedEvent, 'error'> {
  if (error === true) return { error: 'unknown error' };
  return typeof error === 'string' && error !== '' ? { error: error.slice(0, MAX_ERROR) } : {};
}
