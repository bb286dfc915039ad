/** Compares what was acknowledged with what a store holds. Pure. */
import { eventId, type StoreReading, sequenceOf } from '../stack/contract/traffic.ts';
import type { LedgerView } from './ledger.ts';

export interface Reconciliation {
  /** Different events of this run that the store holds. */
  readonly stored: number;
  /** Acknowledged and not there. */
  readonly missing: number;
  /** There, although it was never sent or certainly refused. */
  readonly phantom: number;
  /** Copies beyond the first one. */
  readonly duplicates: number;
  /** There, although its outcome was `unknown`. */
  readonly recovered: number;
  readonly missingIds: readonly string[];
  readonly phantomIds: readonly string[];
  readonly duplicateIds: readonly string[];
  readonly contradictions: readonly string[];
}

/** Ids that are listed; the counts are of all. */
const LISTED = 20;

export interface ReconcileInput {
  readonly runId: string;
  /** Number of events of the run: sequences are below it. */
  readonly capacity: number;
  readonly ledger: Pick<LedgerView, 'fateOf'>;
  readonly reading: StoreReading;
}

/** In the order of the sequences, with a byte for each event: a run may have millions. */
export function reconcile({ runId, capacity, ledger, reading }: ReconcileInput): Reconciliation {
  const { copies, strangers } = tallyOf(runId, capacity, reading.ids);
  const [missing, phantom, twice] = [listing(), listing(), listing()];
  let [stored, recovered] = [strangers.size, 0];
  for (let sequence = 0; sequence < capacity; sequence++) {
    const fate = ledger.fateOf(sequence);
    const own = copies[sequence] ?? 0;
    const id = (): string => eventId(runId, sequence);
    if (own === 0) {
      if (fate === 'acked') missing.add(id);
      continue;
    }
    stored += 1;
    if (fate === 'unknown') recovered += 1;
    else if (fate !== 'acked') phantom.add(id);
    if (own > 1) twice.add(id);
  }
  for (const [id, count] of [...strangers].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    phantom.add(() => id);
    if (count > 1) twice.add(() => id);
  }
  return {
    ...{ stored, recovered, duplicates: reading.ids.length - stored },
    ...{ missing: missing.count(), missingIds: missing.ids },
    ...{ phantom: phantom.count(), phantomIds: phantom.ids, duplicateIds: twice.ids },
    contradictions: reading.contradictions,
  };
}

/** How often each event is there, 255 standing for more too; and what no event of the run has for its id. */
function tallyOf(runId: string, capacity: number, ids: readonly string[]) {
  const copies = new Uint8ClampedArray(capacity);
  const strangers = new Map<string, number>();
  for (const id of ids) {
    const sequence = sequenceOf(runId, id) ?? capacity;
    if (sequence < capacity) copies[sequence] = (copies[sequence] ?? 0) + 1;
    else strangers.set(id, (strangers.get(id) ?? 0) + 1);
  }
  return { copies, strangers };
}

/** Counts all, and keeps the first. */
function listing() {
  const ids: string[] = [];
  let count = 0;
  return {
    ids,
    count: () => count,
    add: (id: () => string): void => {
      count += 1;
      if (ids.length < LISTED) ids.push(id());
    },
  };
}
