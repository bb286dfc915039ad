/** Decides, from what the database knows, which universal id several identifiers of one recipient have in common. */
import { derivedUniversalId, type Identifier } from './identifier.ts';

/** A row of `identifiers`, with the age of the id that it points to. */
export interface KnownIdentifier extends Identifier {
  readonly universalId: string;
  /** Order of creation of that universal id: smaller is older. */
  readonly age: number;
}

export interface MergeDecision {
  /** The id that all of the identifiers have from now on. */
  readonly target: string;
  /** The target does not exist yet. */
  readonly create: boolean;
  /** Identifiers that are new. */
  readonly link: readonly Identifier[];
  /** Ids that become other names of the target. */
  readonly merge: readonly string[];
}

/** The oldest id wins, so that repeating or reordering merges ends with the same id; a new one is derived. */
export function decideMerge(identifiers: readonly Identifier[], known: readonly KnownIdentifier[]): MergeDecision {
  const oldestFirst = [...known].sort((a, b) => a.age - b.age);
  const target = oldestFirst[0]?.universalId ?? derivedFrom(identifiers);
  const isKnown = ({ kind, hash }: Identifier) => known.some((row) => row.kind === kind && row.hash === hash);
  return {
    target,
    create: known.length === 0,
    link: identifiers.filter((identifier) => !isKnown(identifier)),
    merge: [...new Set(oldestFirst.map(({ universalId }) => universalId))].filter((id) => id !== target),
  };
}

function derivedFrom(identifiers: readonly Identifier[]): string {
  const [first] = identifiers;
  if (first === undefined) throw new Error('a recipient without identifiers');
  return derivedUniversalId(first);
}
