/**
 * Writes of which each overwrites the one before it: which event a place has to hold at the end, and which were overwritten rightly.
 * What each write was and how it was answered is noted while the run sends. Pure.
 */
import type { SendOutcome } from '../../../../stack/contract/traffic.ts';

/** What one write overwrites: a key, a field of a hash, a member of a sorted set. */
export interface Place {
  readonly type: 'string' | 'hash' | 'zset';
  readonly key: string;
  /** Field or member; empty for a string. */
  readonly within: string;
}

export interface PlacedWrite extends Place {
  readonly sequence: number;
  /** What the place holds then, where that is a number and not the event. */
  readonly score?: number;
}

/** What a place holds. */
export interface Held {
  readonly sequence?: number | undefined;
  readonly score?: number | undefined;
  /** In words, for who is told that it is wrong. */
  readonly shown: string;
}

/** Of one place that does not hold what it has to. */
export interface Stale {
  readonly place: Place;
  readonly shown: string;
  /** The event that is missing in it. */
  readonly last: number;
}

export interface Judgement {
  /** Acknowledged ones that are there or were overwritten rightly, and what else is there: each sequence once for each copy. */
  readonly found: readonly number[];
  readonly stale: readonly Stale[];
}

export interface WriteLog {
  readonly places: readonly Place[];
  /** @param connection a number of its own: the server applies the writes of one connection in their order. @returns to be told the outcomes. */
  sent(writes: readonly PlacedWrite[], connection: number): (fateOf: (sequence: number) => SendOutcome['type']) => void;
  /** @param held what each place holds that is to be looked at, by its index in `places`. */
  judge(held: ReadonlyMap<number, Held>): Judgement;
}

type Fate = SendOutcome['type'];

interface Batch {
  readonly connection: number;
  readonly sentAt: number;
  answeredAt: number;
}

interface Noted {
  readonly place: number;
  readonly sequence: number;
  readonly score: number | undefined;
  readonly batch: Batch;
  /** Until it is answered it is one that may be applied at any time. */
  fate: Fate;
}

export function createWriteLog(): WriteLog {
  const places: Place[] = [];
  const indexes = new Map<string, number>();
  const noted: Noted[] = [];
  let moment = 0;
  const indexOf = ({ type, key, within }: Place): number => {
    const name = `${type[0]}${key.length} ${key}${within}`;
    const known = indexes.get(name);
    if (known !== undefined) return known;
    indexes.set(name, places.length);
    return places.push({ type, key, within }) - 1;
  };
  return {
    places,
    sent: (writes, connection) => {
      const batch: Batch = { connection, sentAt: moment++, answeredAt: Number.POSITIVE_INFINITY };
      const own = writes.map((write): Noted => {
        return { place: indexOf(write), sequence: write.sequence, score: write.score, batch, fate: 'unknown' };
      });
      for (const one of own) noted.push(one);
      return (fateOf) => {
        batch.answeredAt = moment++;
        for (const one of own) one.fate = fateOf(one.sequence);
      };
    },
    judge: (held) => judge(noted, places, held),
  };
}

/** Of a place: the acknowledged write that no other one followed for certain, and those beside it. */
interface Course {
  last: Noted | undefined;
  beside: readonly Noted[];
  readonly unknown: Noted[];
}

function judge(noted: readonly Noted[], places: readonly Place[], held: ReadonlyMap<number, Held>): Judgement {
  const courses = coursesOf(noted, held);
  const missing = new Set<number>();
  const stale: Stale[] = [];
  /** Place -> what it holds, where that is not its last acknowledged event. */
  const odd = new Map<number, number>();
  for (const [index, { last, beside, unknown }] of courses) {
    const is = held.get(index);
    const place = places[index];
    if (is === undefined || place === undefined) continue;
    if (last !== undefined && isHeld(last, is)) continue;
    if (is.sequence !== undefined) odd.set(index, is.sequence);
    if (last === undefined || [...beside, ...unknown].some((one) => isHeld(one, is))) continue;
    missing.add(last.sequence);
    stale.push({ place, shown: is.shown, last: last.sequence });
  }
  const found = new Set<number>();
  for (const { place, fate, sequence } of noted) {
    if (fate !== 'acked' || !held.has(place)) continue;
    if (!missing.has(sequence)) found.add(sequence);
    // An earlier event of this very place is no copy.
    if (odd.get(place) === sequence) odd.delete(place);
  }
  return { found: [...found, ...odd.values()], stale };
}

/** In the order in which they were sent. */
function coursesOf(noted: readonly Noted[], held: ReadonlyMap<number, Held>): ReadonlyMap<number, Course> {
  const courses = new Map<number, Course>();
  for (const write of noted) {
    if (write.fate === 'rejected' || !held.has(write.place)) continue;
    const course = courses.get(write.place) ?? { last: undefined, beside: [], unknown: [] };
    courses.set(write.place, course);
    if (write.fate === 'unknown') {
      // Sent and not answered, it may be applied now or when everything else was: also behind what was acknowledged since.
      course.unknown.push(write);
      continue;
    }
    const { last, beside } = course;
    const before = last === undefined ? beside : [last, ...beside];
    course.beside = before.length === 0 ? before : before.filter((one) => !precedes(one.batch, write.batch));
    course.last = write;
  }
  return courses;
}

function precedes(earlier: Batch, later: Batch): boolean {
  return earlier.connection === later.connection || earlier.answeredAt < later.sentAt;
}

function isHeld({ sequence, score }: Noted, is: Held): boolean {
  return score === undefined ? sequence === is.sequence : score === is.score;
}
