import type { WriteRecord } from '../stack/contract/failover.ts';

/** What happened so far, in the order in which outcomes became known. Append-only. */
export interface History {
  readonly records: readonly WriteRecord[];
  append(record: WriteRecord): void;
}

/** `onAppend` sees each record once, at once: that is how a history also reaches the disk. */
export function createHistory(onAppend: (record: WriteRecord) => void): History {
  const records: WriteRecord[] = [];
  return {
    records,
    append: (record) => {
      records.push(record);
      onAppend(record);
    },
  };
}

/** Milliseconds between two writes. */
export function intervalOf(ratePerS: number): number {
  return 1000 / ratePerS;
}

export interface Clock {
  /** Monotonic milliseconds of `performance.now()`, which also stamps outcomes and events. */
  now(): number;
}
