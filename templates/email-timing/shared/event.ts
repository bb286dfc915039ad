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
/** What a DateTime64(3) column of ClickHouse holds with room to spare. */
const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

export const timingEvent = z.strictObject({
  event_id: z.string().regex(EVENT_ID),
  universal_id: z.string().regex(UNIVERSAL_ID),
  event_type: z.enum(EVENT_TYPES),
  /** ISO 8601 in UTC with milliseconds. */
  timestamp: z.iso.datetime({ precision: 3 }).refine((text) => isStorable(new Date(text)), 'must be in 1970 to 2199'),
  provider: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/),
  metadata: z.record(z.string(), z.unknown()),
});
export type TimingEvent = z.output<typeof timingEvent>;

export function isStorable(time: Date): boolean {
  return time.getTime() >= EARLIEST && time.getTime() < LATEST;
}
