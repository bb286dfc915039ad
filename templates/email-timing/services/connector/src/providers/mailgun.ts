/** Mailgun's webhooks: one event each, under `event-data`. */
import { z } from 'zod';
import type { EventType } from '../../../../shared/event.ts';
import { eventIdFrom, messageHash, type Payload } from '../incoming.ts';
import { email, instant, metadata, parseWith } from './schema.ts';

const TYPES: Readonly<Record<string, EventType>> = {
  accepted: 'sent',
  delivered: 'delivered',
  failed: 'bounced',
  rejected: 'dropped',
  opened: 'opened',
  clicked: 'clicked',
  unsubscribed: 'unsubscribed',
  complained: 'complained',
};

const payload = z.object({
  'event-data': z.object({
    id: z.string().min(1).max(256),
    event: z.string().min(1).max(64),
    timestamp: instant,
    recipient: email,
    severity: z.string().max(32).optional(),
    url: z.string().max(4096).optional(),
    tags: z.array(z.string().max(256)).max(64).optional(),
    message: z.object({ headers: z.object({ 'message-id': z.string().max(998).optional() }).optional() }).optional(),
    'user-variables': metadata.default({}),
  }),
});

export function parseMailgun(body: unknown): Payload {
  const event = parseWith(payload, body)['event-data'];
  const known = TYPES[event.event];
  if (known === undefined) return { events: [], ignored: 1 };
  const messageId = event.message?.headers?.['message-id'];
  return {
    events: [
      {
        eventId: eventIdFrom('mailgun', [event.id]),
        eventType: known === 'bounced' && event.severity === 'temporary' ? 'deferred' : known,
        timestamp: event.timestamp,
        recipient: { email: event.recipient },
        metadata: {
          ...event['user-variables'],
          ...(event.url === undefined ? {} : { url: event.url }),
          ...(event.tags === undefined ? {} : { tags: event.tags }),
          ...(messageId === undefined ? {} : { message_hash: messageHash(messageId) }),
        },
      },
    ],
    ignored: 0,
  };
}
