/** Writes of a run, and what is to be said of them when it is known what is there. Pure. */
import { type Column, createNumberSet, type NumberSet } from '../../../../lib/columns.ts';
import type { SendOutcome } from '../../../../stack/contract/traffic.ts';

/** What a place holds. */
export interface Held {
  readonly sequence?: number | undefined;
  readonly score?: number | undefined;
}

/** What each place holds that is to be looked at, by its number. */
export interface HeldPlaces {
  get(place: number): Held | undefined;
  has(place: number): boolean;
}

/** Of one place that does not hold what it has to. */
export interface Stale {
  readonly place: number;
  /** The event that is missing in it. */
  readonly last: number;
}

export interface Judgement {
  /** Acknowledged events that are there or were overwritten rightly. */
  readonly found: NumberSet;
  /** Events that are there beside them, each once for each copy. */
  readonly odd: readonly number[];
  readonly stale: readonly Stale[];
}

type Fate = SendOutcome['type'];

/** Until a write is answered it is one that may be applied at any time. */
export const FATES: readonly Fate[] = ['unknown', 'acked', 'rejected'];
export const UNKNOWN = 0;
const [ACKED, REJECTED] = [1, 2] as const;

/** A row for each write, in the order in which they were sent, and one for each batch. */
export interface Noted {
  readonly places: Column;
  readonly sequences: Column;
  readonly batches: Column;
  readonly fates: Column;
  /** NaN: the place holds the event. Empty as long as none holds a score. */
  readonly scores: Column;
  readonly connections: Column;
  readonly sentAt: Column;
  readonly answeredAt: Column;
}

/** Of places: the acknowledged write that no other one followed for certain, and those beside it, each as its row. */
interface Courses {
  /** The row plus 1; 0: there is none. */
  readonly last: Uint32Array;
  readonly beside: ReadonlyMap<number, readonly number[]>;
  readonly unknown: ReadonlyMap<number, readonly number[]>;
}

/** Which event each place has to hold at the end, and which were overwritten rightly. @param places how many there are. */
export function judge(noted: Noted, places: number, held: HeldPlaces): Judgement {
  const { last, beside, unknown } = coursesOf(noted, places, held);
  const missing = createNumberSet();
  const stale: Stale[] = [];
  /** Place -> what it holds, where that is not its last acknowledged event. */
  const odd = new Map<number, number>();
  for (let place = 0; place < places; place++) {
    const row = (last[place] ?? 0) - 1;
    const others = unknown.get(place);
    const is = row === -1 && others === undefined ? undefined : held.get(place);
    if (is === undefined || (row !== -1 && isHeld(noted, row, is))) continue;
    if (is.sequence !== undefined) odd.set(place, is.sequence);
    if (row === -1 || [...(beside.get(place) ?? []), ...(others ?? [])].some((one) => isHeld(noted, one, is))) continue;
    missing.add(noted.sequences.at(row));
    stale.push({ place, last: noted.sequences.at(row) });
  }
  const found = createNumberSet();
  for (let row = 0; row < noted.places.length; row++) {
    const [place, sequence] = [noted.places.at(row), noted.sequences.at(row)];
    if (noted.fates.at(row) !== ACKED || !held.has(place)) continue;
    if (!missing.has(sequence)) found.add(sequence);
    // An earlier event of this very place is no copy.
    if (odd.get(place) === sequence) odd.delete(place);
  }
  return { found, odd: [...odd.values()], stale };
}

/** In the order in which they were sent. */
function coursesOf(noted: Noted, places: number, held: HeldPlaces): Courses {
  const last = new Uint32Array(places);
  const beside = new Map<number, readonly number[]>();
  const unknown = new Map<number, number[]>();
  for (let row = 0; row < noted.places.length; row++) {
    const [place, fate] = [noted.places.at(row), noted.fates.at(row)];
    if (fate === REJECTED || !held.has(place)) continue;
    if (fate === UNKNOWN) {
      // Sent and not answered, it may be applied now or when everything else was: also behind what was acknowledged since.
      const own = unknown.get(place);
      if (own === undefined) unknown.set(place, [row]);
      else own.push(row);
      continue;
    }
    const before = (last[place] ?? 0) - 1;
    last[place] = row + 1;
    if (before === -1 || (!beside.has(place) && precedes(noted, before, row))) continue;
    const still = [before, ...(beside.get(place) ?? [])].filter((one) => !precedes(noted, one, row));
    if (still.length > 0) beside.set(place, still);
    else beside.delete(place);
  }
  return { last, beside, unknown };
}

function precedes({ batches, connections, answeredAt, sentAt }: Noted, earlier: number, later: number): boolean {
  const [one, other] = [batches.at(earlier), batches.at(later)];
  return connections.at(one) === connections.at(other) || answeredAt.at(one) < sentAt.at(other);
}

function isHeld({ sequences, scores }: Noted, row: number, is: Held): boolean {
  const score = row < scores.length ? scores.at(row) : Number.NaN;
  return Number.isNaN(score) ? sequences.at(row) === is.sequence : score === is.score;
}
