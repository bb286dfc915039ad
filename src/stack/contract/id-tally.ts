/** Which events of a run a store holds, a byte for each: a run may have millions. */
import { idPrefix, SEQUENCE_DIGITS, sequenceAt } from './event-id.ts';

export interface IdTally {
  /** Counts every id of the run that a text mentions, each as often as it is there. @returns how many it mentions. */
  addAllIn(text: string): number;
  /** Counts the id of an event. */
  add(sequence: number): void;
  /** All of them, copies too. */
  readonly total: number;
  /** How often an event is there, 255 standing for more. */
  copiesOf(sequence: number): number;
  /** Whether each event from one on to another, which is not included, is there, and once. */
  areOnce(from: number, until: number): boolean;
  /** The events from this one on that are there, in their order. */
  from(sequence: number): Iterable<number>;
}

/** Of a part of the memory: what no run has sent may have any sequence. */
const PART = 2 ** 14;

export function createIdTally(runId: string): IdTally {
  const prefix = idPrefix(runId);
  const parts = new Map<number, Uint8ClampedArray>();
  let total = 0;
  // Ids come in about their order: most are of the part of the one before.
  let [lastIndex, last]: [number, Uint8ClampedArray | undefined] = [-1, undefined];
  const partAt = (index: number): Uint8ClampedArray | undefined => {
    if (index !== lastIndex) {
      lastIndex = index;
      last = parts.get(index);
    }
    return last;
  };
  const add = (sequence: number): void => {
    const index = Math.floor(sequence / PART);
    const part = partAt(index) ?? new Uint8ClampedArray(PART);
    if (last === undefined) parts.set(index, part);
    last = part;
    part[sequence % PART] = (part[sequence % PART] ?? 0) + 1;
    total += 1;
  };
  const copiesOf = (sequence: number): number => partAt(Math.floor(sequence / PART))?.[sequence % PART] ?? 0;
  return {
    get total() {
      return total;
    },
    add,
    addAllIn: (text) => {
      let mentioned = 0;
      for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, at + 1)) {
        const begin = at + prefix.length;
        const sequence = begin + SEQUENCE_DIGITS > text.length ? undefined : sequenceAt(text, begin);
        if (sequence === undefined) continue;
        add(sequence);
        mentioned += 1;
      }
      return mentioned;
    },
    copiesOf,
    areOnce: (from, until) => {
      for (let sequence = from; sequence < until; sequence++) if (copiesOf(sequence) !== 1) return false;
      return true;
    },
    *from(sequence) {
      for (const [index, part] of [...parts].toSorted(([one], [other]) => one - other))
        for (const [within, copies] of part.entries()) {
          const own = index * PART + within;
          if (copies > 0 && own >= sequence) yield own;
        }
    },
  };
}

/** Different events. */
export function distinctIn(tally: Pick<IdTally, 'from'>): number {
  let count = 0;
  for (const _ of tally.from(0)) count += 1;
  return count;
}

/** @param texts each with any number of ids. */
export function tallyOf(runId: string, texts: Iterable<string>): IdTally {
  const tally = createIdTally(runId);
  for (const text of texts) tally.addAllIn(text);
  return tally;
}
