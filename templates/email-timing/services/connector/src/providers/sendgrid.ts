/** SendGrid's event webhook: an array; unique arguments of the sender stand beside the fields of the event. */
import { z } from 'zod';
import type { EventType } from '../../../../shared/event.ts';
import { eventIdFrom, eventIdFromContent, type Incoming, messageHash, type Payload } from '../incoming.ts';
import { email, instant, metadata, oneOrMany, parseWith } from './schema.ts';

const TYPES: Readonly<Record<string, EventType>> = {
  processed: 'sent',
  delivered: 'delivered',
  deferred: 'deferred',
  bounce: 'bounced',
  dropped: 'dropped',
  open: 'opened',
  click: 'clicked',
  unsubscribe: 'unsubscribed',
  group_unsubscribe: 'unsubscribed',
  spamreport: 'complained',
};

/** Not kept: the recipient, what has a place of its own, and what says nothing about timing. */
const DROPPED = ['email', 'timestamp', 'event', 'sg_event_id', 'sg_message_id', 'smtp-id', 'ip', 'tls', 'pool'];

const sendgridEvent = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? { ...value, metadata: metadataOf(value) } : value),
  z.object({
    email,
    timestamp: instant,
    event: z.string().min(1).max(64),
    sg_event_id: z.string().min(1).max(256).optional(),
    sg_message_id: z.string().min(1).max(998).optional(),
    metadata,
  }),
);

const payload = oneOrMany(sendgridEvent);

export function parseSendgrid(body: unknown): Payload {
  const all = parseWith(payload, body);
  const events = all.flatMap((event) => {
    const eventType = TYPES[event.event];
    return eventType === undefined ? [] : [incomingOf(event, eventType)];
  });
  return { events, ignored: all.length - events.length };
}

/** What stays of an event as its metadata. */
function metadataOf(event: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(event).filter(([key]) => !DROPPED.includes(key)));
}

type SendgridEvent = z.output<typeof sendgridEvent>;

function incomingOf(event: SendgridEvent, eventType: EventType): Incoming {
  const content = {
    eventType,
    timestamp: event.timestamp,
    recipient: { email: event.email },
    metadata: {
      ...event.metadata,
      ...(event.sg_message_id === undefined ? {} : { message_hash: messageHash(event.sg_message_id) }),
    },
  };
  const id = event.sg_event_id;
  return {
    eventId: id === undefined ? eventIdFromContent('sendgrid', content) : eventIdFrom('sendgrid', [id]),
    ...content,
  };
}
