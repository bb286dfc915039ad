/** What one fetch brought, sorted into rows for the table and messages that are no events. Pure. */
import { type Fetched, type FetchedBlock, messageAt, valueFrom, valueSize } from 'stackctl/service-kit/kafka';
import { isPlainEvent, type TimingEvent, timingEvent } from '../../../shared/event.ts';
import { writePlainLine } from './plain-event.ts';
import { openRows, type Rows, type RowsInWriting } from './rows.ts';
import { tabSeparated } from './tab-separated.ts';

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
  readonly rows: Rows;
  readonly dead: readonly DeadLetter[];
}

const MAX_KEPT = 65_536;

export function sortMessages(blocks: readonly FetchedBlock[]): Sorted {
  const dead: DeadLetter[] = [];
  const messages = blocks.reduce((sum, { count }) => sum + count, 0);
  const rows = openRows(
    messages,
    blocks.reduce((sum, block) => sum + bytesOfValues(block), 0),
  );
  for (const block of blocks) {
    for (let index = 0; index < block.count; index++) {
      if (isPlainRow(rows, block, index)) continue;
      const source = messageAt(block, index);
      const read = readEvent(source.value);
      if (typeof read === 'string') dead.push(deadLetter(source, read));
      else addRow(rows, tabSeparated(read), block, index);
    }
  }
  return { rows: rows.finish(), dead };
}

function bytesOfValues(block: FetchedBlock): number {
  let sum = 0;
  for (let index = 0; index < block.count; index++) sum += Math.max(0, valueSize(block, index));
  return sum;
}

/** Adds the row of a message, if it is as nearly all are. */
function isPlainRow(rows: RowsInWriting, block: FetchedBlock, index: number): boolean {
  const size = valueSize(block, index);
  if (size <= 0) return false;
  const from = valueFrom(block, index);
  const room = rows.roomFor(size);
  const end = writePlainLine(block.bytes, from, from + size, room.out, room.from);
  if (end !== -1) rows.add(end, block, index);
  return end !== -1;
}

function addRow(rows: RowsInWriting, line: string, block: FetchedBlock, index: number): void {
  const { out, from } = rows.roomFor(Buffer.byteLength(line));
  rows.add(from + out.write(line, from), block, index);
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
