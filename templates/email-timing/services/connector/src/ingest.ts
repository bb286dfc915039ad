/** From a provider's events to acknowledged messages: resolve who it is, forget the address, send, wait for the broker. */
import { type TimingEvent, timingEvent } from '../../../shared/event.ts';
import { identifiersOf } from './identifier.ts';
import type { IdentityStore } from './identity.ts';
import type { Incoming } from './incoming.ts';
import type { Outbox } from './outbox.ts';
import type { Outcome } from './queue.ts';
import { redactAddresses } from './redact.ts';

export interface IngestParts {
  readonly identities: IdentityStore;
  readonly outbox: Outbox;
  readonly pepper: string;
}

export interface Ingested {
  readonly outcome: Outcome;
  readonly events: readonly TimingEvent[];
}

/** @throws the database driver's error when identities cannot be resolved; nothing was sent then. */
export async function ingest(parts: IngestParts, provider: string, incoming: readonly Incoming[]): Promise<Ingested> {
  const ids = await parts.identities.resolve(incoming.map(({ recipient }) => identifiersOf(recipient, parts.pepper)));
  const events = incoming.map((event, index) => recordOf(provider, event, ids[index] ?? ''));
  const messages = events.map((event) => ({ key: event.universal_id, value: JSON.stringify(event) }));
  return { outcome: await parts.outbox.put(messages), events };
}

/** Checked against the contract, so that the consumer never meets what this service should have refused. */
function recordOf(provider: string, event: Incoming, universalId: string): TimingEvent {
  return timingEvent.parse({
    event_id: event.eventId,
    universal_id: universalId,
    event_type: event.eventType,
    timestamp: event.timestamp.toISOString(),
    provider,
    metadata: withWholeSeconds(redactAddresses(event.metadata) as Record<string, unknown>),
  });
}

/** The table reads `latency_seconds` as an integer; senders write it as text or with a fraction, too. */
function withWholeSeconds(metadata: Record<string, unknown>): Record<string, unknown> {
  const latency = metadata.latency_seconds;
  if (typeof latency !== 'number' && typeof latency !== 'string') return metadata;
  const seconds = Number(latency);
  return latency !== '' && Number.isFinite(seconds) ? { ...metadata, latency_seconds: Math.round(seconds) } : metadata;
}
