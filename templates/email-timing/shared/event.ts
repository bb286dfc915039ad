/** What travels through the topic: the contract between connector and consumer. Neither has an address in it. */
import { z } from 'zod';

export const EVENT_TYPES = [
  'sent',
  'delivered',
  'deferred',
  'bounced',
  'dropped',
  'opened',
  'clicked',
  'unsubscribed',
  'complained',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** No `@`, so that no address fits. Room for a sender's own id of 128 characters, a colon and the provider. */
export const EVENT_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,160}$/;
export const UNIVERSAL_ID = /^sf_[A-Za-z0-9_-]{1,64}$/;
const PROVIDER = /^[a-z0-9][a-z0-9_-]{0,31}$/;
/** What a DateTime64(3) column of ClickHouse holds with room to spare. */
const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

export const timingEvent = z.strictObject({
  event_id: z.string().regex(EVENT_ID),
  universal_id: z.string().regex(UNIVERSAL_ID),
  event_type: z.enum(EVENT_TYPES),
  /** ISO 8601 in UTC with milliseconds. */
  timestamp: z.iso.datetime({ precision: 3 }).refine((text) => isStorable(new Date(text)), 'must be in 1970 to 2199'),
  provider: z.string().regex(PROVIDER),
  metadata: z.record(z.string(), z.unknown()),
});
export type TimingEvent = z.output<typeof timingEvent>;

/** Every day from 1970 to 2199 but the 29th of February, which the schema decides about. */
const DAY = '(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)';
const PLAIN_TIME = new RegExp(
  `^(?:19[7-9]\\d|20\\d\\d|21\\d\\d)-${DAY}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$`,
);
const TYPES: ReadonlySet<unknown> = new Set(EVENT_TYPES);

/**
 * Whether it is an event, for those who read hundreds of thousands in a second: a part of what `timingEvent` does. What is none
 * by this, the schema decides about.
 */
export function isPlainEvent(value: unknown): value is TimingEvent {
  if (!isRecord(value) || Object.keys(value).length !== 6) return false;
  const { event_id, universal_id, event_type, timestamp, provider, metadata } = value;
  return (
    matches(EVENT_ID, event_id) &&
    matches(UNIVERSAL_ID, universal_id) &&
    TYPES.has(event_type) &&
    matches(PLAIN_TIME, timestamp) &&
    matches(PROVIDER, provider) &&
    isRecord(metadata)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(pattern: RegExp, text: unknown): boolean {
  return typeof text === 'string' && pattern.test(text);
}

export function isStorable(time: Date): boolean {
  return time.getTime() >= EARLIEST && time.getTime() < LATEST;
}
