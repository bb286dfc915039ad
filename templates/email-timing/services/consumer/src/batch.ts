/** What one fetch brought, sorted into rows for the table and messages that are no events. Pure. */
import type { Fetched } from 'stackctl/service-kit/kafka';
import { isPlainEvent, type TimingEvent, timingEvent } from '../../../shared/event.ts';

export interface EventRow {
  readonly event_id: string;
  readonly universal_id: string;
  readonly event_type: string;
  readonly timestamp: string;
  readonly provider: string;
  /** JSON. */
  readonly metadata: string;
}

export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly reason: string;
  readonly key: string;
  readonly value: string;
}

export interface Sorted {
  readonly rows: readonly SourcedRow[];
  readonly dead: readonly DeadLetter[];
}

/** A row with the message that it came from, which becomes a dead letter if the server refuses the row. */
export interface SourcedRow {
  readonly row: EventRow;
  readonly source: Fetched;
}

const MAX_KEPT = 65_536;

export function sortMessages(messages: readonly Fetched[]): Sorted {
  const rows: SourcedRow[] = [];
  const dead: DeadLetter[] = [];
  for (const source of messages) {
    const read = readEvent(source.value);
    if (typeof read === 'string') dead.push(deadLetter(source, read));
    else rows.push({ row: read, source });
  }
  return { rows, dead };
}

export function deadLetter({ topic, partition, offset, key, value }: Fetched, reason: string): DeadLetter {
  return {
    topic,
    partition,
    offset: String(offset),
    reason: reason.slice(0, 1000),
    key: (key?.toString('utf8') ?? '').slice(0, 1000),
    value: (value?.toString('utf8') ?? '').slice(0, MAX_KEPT),
  };
}

/** The row, or why there is none: the fields at fault, never their values. */
function readEvent(value: Buffer | undefined): EventRow | string {
  if (value === undefined || value.length === 0) return 'no value';
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return 'not JSON';
    throw error;
  }
  if (isPlainEvent(json)) return rowOf(json);
  const result = timingEvent.safeParse(json);
  if (result.success) return rowOf(result.data);
  return result.error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`).join('; ');
}

function rowOf({ event_id, universal_id, event_type, timestamp, provider, metadata }: TimingEvent): EventRow {
  return { event_id, universal_id, event_type, timestamp, provider, metadata: JSON.stringify(metadata) };
}
