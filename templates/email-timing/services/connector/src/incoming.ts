/** What every provider's payload becomes before the recipient is resolved: still with the plain identifiers. */
import { createHash } from 'node:crypto';
import type { EventType } from '../../../shared/event.ts';
import { normaliseEmail, type RecipientText } from './identifier.ts';

export interface Incoming {
  /** The same for every delivery of the same provider event, so that a webhook retry changes nothing. */
  readonly eventId: string;
  readonly eventType: EventType;
  readonly timestamp: Date;
  readonly recipient: RecipientText;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Payload {
  readonly events: readonly Incoming[];
  /** Events of a kind that says nothing about a recipient's timing; the provider is not asked to send them again. */
  readonly ignored: number;
}

/** What is wrong with a payload, by field. Never the value: it may be an address. */
export interface Fault {
  /** E.g. `[3].timestamp`. */
  readonly field: string;
  readonly message: string;
}

export class PayloadError extends Error {
  override readonly name = 'PayloadError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ field, message }) => `${field}: ${message}`).join('; '));
    this.faults = faults;
  }
}

/**
 * A sender's own id stays readable, with the provider behind it: two senders may count alike. No provider has a colon
 * in its name, so the last one separates the two, and an id made by `eventIdFrom` has none.
 */
export function eventIdOf(provider: string, ownId: string): string {
  return `${ownId}:${provider}`;
}

/** An id from what identifies the event at its provider. */
export function eventIdFrom(provider: string, parts: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify([provider, ...parts]));
  return `ev_${hash.digest('hex').slice(0, 32)}`;
}

/** For payloads without an id of their own: who, what, when and about which message. */
export function eventIdFromContent(provider: string, event: Omit<Incoming, 'eventId'>): string {
  const { email, external_id, phone } = event.recipient;
  return eventIdFrom(provider, [
    event.eventType,
    event.timestamp.getTime(),
    email === undefined ? '' : normaliseEmail(email),
    external_id ?? '',
    phone ?? '',
    canonicalJson(event.metadata),
  ]);
}

/** A provider's message id names a mailbox more often than not: only its hash goes on. */
export function messageHash(messageId: string): string {
  return createHash('sha256').update(messageId).digest('hex').slice(0, 32);
}

/** JSON with sorted keys, so that the order in which a provider writes them does not matter. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
