/** Entries of a stream, where they are in a reply of Redis. Pure. */
import { itemsOf, type PlacedReply, placeOf } from './resp.ts';

/** An entry of the stream. */
export interface Entry {
  readonly reply: PlacedReply;
  /** Place of its id among the values of the reply. */
  readonly id: number;
  /** Place of the first name; then its value, the next name and so on. Undefined when it was deleted after it was delivered. */
  readonly fields: number | undefined;
  /** How many names and values. */
  readonly words: number;
}

/**
 * Without those that Redis 6.2 gives as null: they were deleted, and have no id to acknowledge or store.
 * @param list place of the list of entries.
 */
export function entriesOf(reply: PlacedReply, list: number): readonly Entry[] {
  const entries: Entry[] = [];
  const count = itemsOf(reply, list);
  for (let at = list + 1, index = 0; index < count; index++) {
    if (itemsOf(reply, at) < 0) {
      at += 1;
      continue;
    }
    const words = itemsOf(reply, at + 2);
    const hasFields = words >= 0;
    entries.push({ reply, id: at + 1, fields: hasFields ? at + 3 : undefined, words: Math.max(0, words) });
    at += 3 + Math.max(0, words);
  }
  return entries;
}

export function idOf({ reply, id }: Entry): string {
  return textAt(reply, id);
}

/** Name, value, name, value and so on. */
export function fieldsOf({ reply, fields = 0, words }: Entry): readonly string[] {
  return Array.from({ length: words }, (_, index) => textAt(reply, fields + index));
}

function textAt(reply: PlacedReply, index: number): string {
  const { from, size } = placeOf(reply, index);
  return reply.bytes.toString('utf8', from, from + size);
}

const BATCH_BYTES = 8_000_000;
/** The largest that an entry may be is not known before the first one. */
const FIRST_BYTES = 65_536;

/**
 * How many entries to read next: at most so many that they have 8 million bytes together, if they are like these. What comes
 * first may be as large as an entry can be stored.
 * @param bytes of the reply that had `entries`.
 */
export function nextCount(entries: number, bytes: number, most: number): number {
  const each = entries === 0 ? FIRST_BYTES : Math.max(1, bytes / entries);
  return Math.max(1, Math.min(most, Math.floor(BATCH_BYTES / each)));
}
