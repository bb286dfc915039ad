/** What a store holds of a run, before something was done to it and afterwards. Pure. */

/** The events that are there, by their sequences. */
export interface Stored {
  from(sequence: number): Iterable<number>;
  /** How often an event is there. */
  copiesOf(sequence: number): number;
}

export interface StoredChange {
  /** There less often than before. */
  readonly gone: readonly number[];
  /** There more often than before. */
  readonly added: readonly number[];
}

export function changeOf(before: Stored, after: Stored): StoredChange {
  return { gone: lackingIn(after, before), added: lackingIn(before, after) };
}

/** Of what the one has, what the other has not, or less often. */
function lackingIn(other: Stored, one: Stored): readonly number[] {
  return [...one.from(0)].filter((sequence) => other.copiesOf(sequence) < one.copiesOf(sequence));
}
