import type { WriteOutcome } from '../stack/contract/failover.ts';

/** One write of a run. Times are milliseconds of one monotonic clock (`performance.now()`). */
export interface WriteRecord {
  /** Unique within the run: 1, 2, 3, … in the order of the schedule. */
  readonly value: number;
  /** When the schedule wanted it, whatever the cluster or this process did. */
  readonly intended: number;
  readonly invoked: number;
  /** When the outcome was known; for a write without an answer, when the run stopped waiting for it. */
  readonly completed: number;
  readonly outcome: WriteOutcome['type'];
  /** The instance that acknowledged it. */
  readonly node?: string;
  readonly error?: string;
}

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

/** A record from the parts that the workload and the writer know. */
export function toRecord(
  { value, intended, invoked }: Pick<WriteRecord, 'value' | 'intended' | 'invoked'>,
  outcome: WriteOutcome,
): WriteRecord {
  const times = { value, intended, invoked, completed: outcome.at };
  return outcome.type === 'acked'
    ? { ...times, outcome: 'acked', node: outcome.node }
    : { ...times, outcome: outcome.type, error: outcome.error };
}
