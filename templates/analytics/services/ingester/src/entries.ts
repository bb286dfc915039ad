/** Entries of a stream, as Redis sends them. Pure. */

/** An entry of the stream; its fields are undefined when it was deleted after it was delivered. */
export interface Entry {
  readonly id: string;
  /** Name, value, name, value and so on. */
  readonly fields: readonly string[] | undefined;
}

export type RawEntries = readonly ([string, readonly string[] | null] | null)[];

/** Without those that Redis 6.2 gives as null: they were deleted, and have no id to acknowledge or store. */
export function entriesOf(raw: RawEntries): readonly Entry[] {
  const entries: Entry[] = [];
  for (const entry of raw) if (entry !== null) entries.push({ id: entry[0], fields: entry[1] ?? undefined });
  return entries;
}

const BATCH_CHARACTERS = 8_000_000;

/**
 * How many entries to read next: at most so many that they have 8 million characters together, if they are like these. What comes
 * first may be as large as an entry can be stored.
 */
export function nextCount(entries: readonly Entry[], most: number): number {
  const characters = entries.reduce((sum, { fields }) => sum + lengthOf(fields ?? []), 0);
  const each = entries.length === 0 ? FIRST_CHARACTERS : Math.max(1, characters / entries.length);
  return Math.max(1, Math.min(most, Math.floor(BATCH_CHARACTERS / each)));
}

const FIRST_CHARACTERS = 65_536;

function lengthOf(fields: readonly string[]): number {
  let sum = 0;
  for (const text of fields) sum += text.length;
  return sum;
}
