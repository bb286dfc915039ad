/** Entries of a stream, as Redis sends them. Pure. */

/** An entry of the stream; its fields are undefined when it was deleted after it was delivered. */
export interface Entry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>> | undefined;
}

export type RawEntries = readonly ([string, readonly string[] | null] | null)[];

/** Without those that Redis 6.2 gives as null: they were deleted, and have no id to acknowledge or store. */
export function entriesOf(raw: RawEntries): readonly Entry[] {
  return raw.flatMap((entry): readonly Entry[] => {
    if (entry === null) return [];
    const [id, words] = entry;
    return [{ id, fields: words === null ? undefined : fieldsOf(words) }];
  });
}

function fieldsOf(words: readonly string[]): Readonly<Record<string, string>> {
  const pairs = words.flatMap((name, at) => (at % 2 === 0 ? [[name, words[at + 1] ?? ''] as const] : []));
  return Object.fromEntries(pairs);
}
