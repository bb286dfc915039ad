/** Postmark's webhooks: one event each; every record type has its own names for the recipient and the time. */
import { z } from 'zod';
import type { EventType } from '../../../../shared/event.ts';
import { eventIdFrom, messageHash, type Payload } from '../incoming.ts';
import { email, instant, metadata, parseWith } from './schema.ts';

const TYPES: Readonly<Record<string, EventType>> = {
  Delivery: 'delivered',
  Bounce: 'bounced',
  SpamComplaint: 'complained',
  Open: 'opened',
  Click: 'clicked',
  SubscriptionChange: 'unsubscribed',
};

/** Record types write the time and the recipient under different names. */
const payload = z
  .object({
    RecordType: z.string().min(1).max(64),
    ID: z.number().optional(),
    MessageID: z.string().min(1).max(998),
    Recipient: email.optional(),
    Email: email.optional(),
    DeliveredAt: instant.optional(),
    BouncedAt: instant.optional(),
    ReceivedAt: instant.optional(),
    ChangedAt: instant.optional(),
    SuppressSending: z.boolean().optional(),
    Tag: z.string().max(1000).nullish(),
    OriginalLink: z.string().max(4096).optional(),
    Metadata: metadata.nullish(),
  })
  .transform((event, context) => {
    const address = event.Recipient ?? event.Email;
    const timestamp = event.DeliveredAt ?? event.BouncedAt ?? event.ReceivedAt ?? event.ChangedAt;
    if (address !== undefined && timestamp !== undefined) return { ...event, address, timestamp };
    const field = address === undefined ? 'Recipient' : 'ReceivedAt';
    context.addIssue({ code: 'custom', path: [field], message: 'is required' });
    return z.NEVER;
  });

export function parsePostmark(body: unknown): Payload {
  const event = parseWith(payload, body);
  const eventType = TYPES[event.RecordType];
  const resubscribed = event.RecordType === 'SubscriptionChange' && event.SuppressSending === false;
  if (eventType === undefined || resubscribed) return { events: [], ignored: 1 };
  const own = [event.RecordType, event.MessageID, event.address, event.timestamp.getTime(), event.ID ?? ''];
  return {
    events: [
      {
        eventId: eventIdFrom('postmark', own),
        eventType,
        timestamp: event.timestamp,
        recipient: { email: event.address },
        metadata: {
          ...event.Metadata,
          ...(event.Tag ? { tag: event.Tag } : {}),
          ...(event.OriginalLink === undefined ? {} : { url: event.OriginalLink }),
          message_hash: messageHash(event.MessageID),
        },
      },
    ],
    ignored: 0,
  };
}
