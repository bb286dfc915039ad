/** Ids that a client gives to the entries of a stream (https://redis.io/docs/latest/develop/data-types/streams/, "Entry IDs"). */

/** Negative: the first one is smaller; 0: they are equal. Pure. */
export function compareEntryIds(one: string, other: string): number {
  const [[ms, sequence], [otherMs, otherSequence]] = [partsOf(one), partsOf(other)];
  if (ms !== otherMs) return ms - otherMs;
  return sequence === otherSequence ? 0 : sequence < otherSequence ? -1 : 1;
}

function partsOf(id: string): readonly [ms: number, sequence: bigint] {
  const [ms = '0', sequence = '0'] = id.split('-');
  return [Number(ms), BigInt(sequence)];
}

/** Between two ids: so many entries of others, whose ids the server chooses, find room. */
const ROOM = 2 ** 20;
const LONGEST_LEAD_MS = 1000;

export interface EntryIds {
  /** Larger than every one before it, and than the server's clock. */
  next(): string;
  /** The server has an entry that is later than one of these: they are given from behind it on, and further ahead of the clock. */
  passed(top: string | undefined): void;
}

/** @param nowMs the server's clock, as Unix time in milliseconds. */
export function createEntryIds(nowMs: () => number): EntryIds {
  let [ms, sequence, leadMs] = [0, 0, 0];
  return {
    next: () => {
      const wanted = Math.floor(nowMs()) + 1 + leadMs;
      [ms, sequence] = wanted > ms ? [wanted, 0] : [ms, sequence + ROOM];
      return `${ms}-${sequence}`;
    },
    passed: (top) => {
      leadMs = Math.min(LONGEST_LEAD_MS, Math.max(1, 2 * leadMs));
      if (top !== undefined && compareEntryIds(top, `${ms}-${sequence}`) >= 0)
        [ms, sequence] = [partsOf(top)[0] + 1, 0];
    },
  };
}
