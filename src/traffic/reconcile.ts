/** Compares what was acknowledged with what a store holds. Pure. */
import { eventId } from '../stack/contract/event-id.ts';
import type { StoreReading } from '../stack/contract/traffic.ts';
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
  /** Ids of the first ones; the ranges are of all, as sequences from and to. */
  readonly missingIds: readonly string[];
  readonly phantomIds: readonly string[];
  readonly duplicateIds: readonly string[];
  readonly missingRanges: readonly Range[];
  readonly phantomRanges: readonly Range[];
  readonly duplicateRanges: readonly Range[];
  readonly contradictions: readonly string[];
}

export type Range = readonly [from: number, to: number];

/** Events that are looked at together. */
const BLOCK = 256;
/** Ids that are listed; the counts are of all. */
const LISTED = 20;

export interface ReconcileInput {
  readonly runId: string;
  readonly ledger: Pick<LedgerView, 'fateOf' | 'areAcked' | 'end'>;
  readonly reading: StoreReading;
}

/** In the order of the sequences: a run may have millions. */
export function reconcile({ runId, ledger, reading: { found, contradictions } }: ReconcileInput): Reconciliation {
  const [missing, phantom, twice] = [listing(), listing(), listing()];
  let [stored, recovered] = [0, 0];
  const note = (sequence: number, copies: number): void => {
    const fate = ledger.fateOf(sequence);
    const id = (): string => eventId(runId, sequence);
    if (copies === 0) {
      if (fate === 'acked') missing.add(sequence, id);
      return;
    }
    stored += 1;
    if (fate === 'unknown') recovered += 1;
    else if (fate !== 'acked') phantom.add(sequence, id);
    if (copies > 1) twice.add(sequence, id);
  };
  for (let from = 0; from < ledger.end; from += BLOCK) {
    const until = Math.min(from + BLOCK, ledger.end);
    // Of most events there is nothing to note.
    if (ledger.areAcked(from, until) && found.areOnce(from, until)) stored += until - from;
    else for (let sequence = from; sequence < until; sequence++) note(sequence, found.copiesOf(sequence));
  }
  // What no event of the run has for its id.
  for (const sequence of found.from(ledger.end)) note(sequence, found.copiesOf(sequence));
  return {
    ...{ stored, recovered, duplicates: found.total - stored },
    ...{ missing: missing.count(), missingIds: missing.ids },
    ...{ phantom: phantom.count(), phantomIds: phantom.ids, duplicateIds: twice.ids },
    ...{ missingRanges: missing.ranges, phantomRanges: phantom.ranges, duplicateRanges: twice.ranges },
    contradictions,
  };
}

/** Counts all, keeps the first ids, and all as ranges: given in the order of their sequences. */
function listing() {
  const ids: string[] = [];
  const ranges: [number, number][] = [];
  let count = 0;
  return {
    ids,
    ranges,
    count: () => count,
    add: (sequence: number, id: () => string): void => {
      count += 1;
      const last = ranges[ranges.length - 1];
      if (last !== undefined && last[1] === sequence - 1) last[1] = sequence;
      else ranges.push([sequence, sequence]);
      if (ids.length < LISTED) ids.push(id());
    },
  };
}
