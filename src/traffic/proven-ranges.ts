/** What the digests of a store prove about a run, and which of its ids have to be read. Pure. */
import type { IdTally } from '../stack/contract/id-tally.ts';
import {
  type IdHash,
  RANGE_EVENTS,
  type RangeDigest,
  type StoreDigest,
  sumOfHalves,
} from '../stack/contract/range-digest.ts';
import type { LedgerView } from './ledger.ts';

type Fates = Pick<LedgerView, 'fateOf' | 'areAcked' | 'end'>;

/** What a range holds, as its digest shows: `acked`, what was acknowledged and nothing else; `known`, what is unknown, too. */
type Proven = 'acked' | 'known';

export interface Comparison {
  /** Range -> what it holds, of those that a digest proves. What a range without events has is nothing. */
  readonly proven: ReadonlyMap<number, Proven>;
  /** Whose ids have to be read: anything may be there. In their order. */
  readonly open: readonly number[];
}

/**
 * A digest is held against the two ways in which no event is missing, refused and there, or there twice: of the unknown ones none is there, or
 * all are, as where a batch is stored as a whole or not at all. It matches neither by accident (`IdHash`).
 */
export function compareDigests(ledger: Fates, { hash, ranges }: StoreDigest): Comparison {
  const stored = new Map(ranges.map((range) => [range.index, range]));
  const proven = new Map<number, Proven>();
  const open: number[] = [];
  const wanted = expectations(ledger, hash);
  const last = Math.ceil(ledger.end / RANGE_EVENTS);
  for (let index = 0; index < last; index++) {
    const what = provenBy(stored.get(index) ?? { index, count: 0, sum: 0n }, wanted(index));
    if (what === undefined) open.push(index);
    else proven.set(index, what);
  }
  // What no event of the run has for its id.
  for (const index of [...stored.keys()].toSorted((a, b) => a - b)) if (index >= last) open.push(index);
  return { proven, open };
}

/** Counts what is proven to be there. */
export function addProven(found: IdTally, ledger: Fates, { proven }: Pick<Comparison, 'proven'>): void {
  for (const [index, what] of proven) {
    const [from, until] = limitsOf(index, ledger);
    if (ledger.areAcked(from, until)) for (let sequence = from; sequence < until; sequence++) found.add(sequence);
    else
      forEachIn(index, ledger, (sequence, fate) => {
        if (fate === 'acked' || (what === 'known' && fate === 'unknown')) found.add(sequence);
      });
  }
}

/** Different events that are there as they may be: acknowledged, or unknown. @param indexes the ranges that are looked at. */
export function arrivedIn(found: Pick<IdTally, 'copiesOf'>, ledger: Fates, indexes: Iterable<number>): number {
  let arrived = 0;
  for (const index of indexes)
    forEachIn(index, ledger, (sequence, fate) => {
      if (fate !== undefined && fate !== 'rejected' && found.copiesOf(sequence) > 0) arrived += 1;
    });
  return arrived;
}

type Expected = Omit<RangeDigest, 'index'>;

interface Expectation {
  readonly acked: Expected;
  readonly known: Expected;
}

function provenBy({ count, sum }: RangeDigest, { acked, known }: Expectation): Proven | undefined {
  if (count === acked.count && sum === acked.sum) return 'acked';
  return count === known.count && sum === known.sum ? 'known' : undefined;
}

/** The digests that a range has if all is well. */
function expectations(ledger: Fates, hash: IdHash): (index: number) => Expectation {
  const halves = new Int32Array(2);
  const addTo = (sums: Sums, sequence: number): void => {
    hash(sequence, halves);
    sums.count += 1;
    sums.upper += halves[0] ?? 0;
    sums.lower += (halves[1] ?? 0) >>> 0;
  };
  return (index) => {
    const [acked, unknown]: readonly [Sums, Sums] = [
      { count: 0, upper: 0, lower: 0 },
      { count: 0, upper: 0, lower: 0 },
    ];
    const [from, until] = limitsOf(index, ledger);
    if (ledger.areAcked(from, until)) for (let sequence = from; sequence < until; sequence++) addTo(acked, sequence);
    else
      forEachIn(index, ledger, (sequence, fate) => {
        if (fate === 'acked') addTo(acked, sequence);
        else if (fate === 'unknown') addTo(unknown, sequence);
      });
    const own = { count: acked.count, sum: sumOfHalves(acked.upper, acked.lower) };
    if (unknown.count === 0) return { acked: own, known: own };
    const more = sumOfHalves(unknown.upper, unknown.lower);
    return { acked: own, known: { count: own.count + unknown.count, sum: own.sum + more } };
  };
}

/** Of the halves of hashes: exact, since a range has few events. */
interface Sums {
  count: number;
  upper: number;
  lower: number;
}

/** The events of a range that the run has: from and until. */
function limitsOf(index: number, { end }: Pick<Fates, 'end'>): readonly [number, number] {
  return [index * RANGE_EVENTS, Math.min(end, (index + 1) * RANGE_EVENTS)];
}

function forEachIn(
  index: number,
  ledger: Fates,
  use: (sequence: number, fate: ReturnType<LedgerView['fateOf']>) => void,
): void {
  const [from, until] = limitsOf(index, ledger);
  for (let sequence = from; sequence < until; sequence++) use(sequence, ledger.fateOf(sequence));
}
