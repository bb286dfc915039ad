/** The shape for every sender without one of its own: one event or an array. */
import { z } from 'zod';
import { EVENT_TYPES, type EventType } from '../../../../shared/event.ts';
import { eventIdFromContent, eventIdOf, type Incoming, messageHash, type Payload } from '../incoming.ts';
import { email, instant, metadata, oneOrMany, parseWith } from './schema.ts';

/** No `@`, so that no address fits. */
const OWN_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Other words for the same. */
const SYNONYMS: Readonly<Record<string, EventType>> = {
  open: 'opened',
  click: 'clicked',
  bounce: 'bounced',
  delivery: 'delivered',
  processed: 'sent',
  unsubscribe: 'unsubscribed',
  spamreport: 'complained',
};

const eventType = z.preprocess(
  (value) => (typeof value === 'string' ? (SYNONYMS[value] ?? value) : value),
  z.enum(EVENT_TYPES, { error: `must be one of ${EVENT_TYPES.join(', ')}` }),
);

const genericEvent = z
  .object({
    event_id: z
      .string()
      .regex(OWN_ID, 'must be 1 to 128 letters, digits, dots, colons, underscores or dashes')
      .optional(),
    event_type: eventType,
    email: email.optional(),
    external_id: z.string().trim().min(1).max(256).optional(),
    phone: z
      .string()
      .max(40)
      .refine((text) => /\d{5}/.test(text.replace(/\D/g, '')), 'must be a phone number')
      .optional(),
    timestamp: instant.optional(),
    message_id: z.string().min(1).max(998).optional(),
    metadata: metadata.default({}),
  })
  .superRefine((event, context) => {
    if (event.email === undefined && event.external_id === undefined && event.phone === undefined) {
      context.addIssue({ code: 'custom', path: ['email'], message: 'is required, or external_id, or phone' });
    }
    if (event.timestamp === undefined && event.event_id === undefined) {
      context.addIssue({ code: 'custom', path: ['timestamp'], message: 'is required when there is no event_id' });
    }
  });

/** `event` and `recipient` are what other providers call them. */
const payload = oneOrMany(
  z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const { event, recipient, ...rest } = value as Record<string, unknown>;
    return {
      ...(event === undefined ? {} : { event_type: event }),
      ...(recipient === undefined ? {} : { email: recipient }),
      ...rest,
    };
  }, genericEvent),
);

export function parseGeneric(provider: string, body: unknown, now: Date): Payload {
  return { events: parseWith(payload, body).map((event) => incomingOf(provider, event, now)), ignored: 0 };
}

function incomingOf(provider: string, event: z.output<typeof genericEvent>, now: Date): Incoming {
  const content = {
    eventType: event.event_type,
    timestamp: event.timestamp ?? now,
    recipient: { email: event.email, external_id: event.external_id, phone: event.phone },
    metadata: {
      ...event.metadata,
      ...(event.message_id === undefined ? {} : { message_hash: messageHash(event.message_id) }),
    },
  };
  const own = event.event_id;
  return { eventId: own === undefined ? eventIdFromContent(provider, content) : eventIdOf(provider, own), ...content };
}
