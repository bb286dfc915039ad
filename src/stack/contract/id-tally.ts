/** Which events of a run a store holds, a byte for each: a run may have millions. */
import { idPrefix, SEQUENCE_DIGITS, sequenceAt } from './event-id.ts';

export interface IdTally {
  /** Counts every id of the run that a text mentions, each as often as it is there. @returns how many it mentions. */
  addAllIn(text: string): number;
  /** All of them, copies too. */
  readonly total: number;
  /** How often an event is there, 255 standing for more. */
  copiesOf(sequence: number): number;
  /** The events from this one on that are there, in their order. */
  from(sequence: number): Iterable<number>;
}

/** Of a part of the memory: what no run has sent may have any sequence. */
const PART = 2 ** 14;

export function createIdTally(runId: string): IdTally {
  const prefix = idPrefix(runId);
  const parts = new Map<number, Uint8ClampedArray>();
  let total = 0;
  const count = (sequence: number): void => {
    const index = Math.floor(sequence / PART);
    const part = parts.get(index) ?? new Uint8ClampedArray(PART);
    parts.set(index, part);
    part[sequence % PART] = (part[sequence % PART] ?? 0) + 1;
    total += 1;
  };
  return {
    get total() {
      return total;
    },
    addAllIn: (text) => {
      let mentioned = 0;
      for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, at + 1)) {
        const begin = at + prefix.length;
        const sequence = begin + SEQUENCE_DIGITS > text.length ? undefined : sequenceAt(text, begin);
        if (sequence === undefined) continue;
        count(sequence);
        mentioned += 1;
      }
      return mentioned;
    },
    copiesOf: (sequence) => parts.get(Math.floor(sequence / PART))?.[sequence % PART] ?? 0,
    *from(sequence) {
      for (const [index, part] of [...parts].toSorted(([one], [other]) => one - other))
        for (const [within, copies] of part.entries()) {
          const own = index * PART + within;
          if (copies > 0 && own >= sequence) yield own;
        }
    },
  };
}

/** @param texts each with any number of ids. */
export function tallyOf(runId: string, texts: Iterable<string>): IdTally {
  const tally = createIdTally(runId);
  for (const text of texts) tally.addAllIn(text);
  return tally;
}
