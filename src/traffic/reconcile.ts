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

export function reconcile({ runId, capacity, ledger, reading }: ReconcileInput): Reconciliation {
  const copies = new Map<string, number>();
  for (const id of reading.ids) copies.set(id, (copies.get(id) ?? 0) + 1);
  const stored = [...copies.keys()].toSorted().map((id) => ({ id, fate: fateOf(sequenceOf(runId, id), ledger) }));
  const phantomIds = stored.filter(({ fate }) => fate === undefined || fate === 'rejected').map(({ id }) => id);
  const duplicateIds = stored.filter(({ id }) => (copies.get(id) ?? 0) > 1).map(({ id }) => id);
  const missingIds = missing(capacity, ledger, new Set(reading.ids.map((id) => sequenceOf(runId, id)))).map(
    (sequence) => eventId(runId, sequence),
  );
  return {
    stored: stored.length,
    missing: missingIds.length,
    phantom: phantomIds.length,
    duplicates: reading.ids.length - stored.length,
    recovered: stored.filter(({ fate }) => fate === 'unknown').length,
    missingIds: missingIds.slice(0, LISTED),
    phantomIds: phantomIds.slice(0, LISTED),
    duplicateIds: duplicateIds.slice(0, LISTED),
    contradictions: reading.contradictions,
  };
}

function fateOf(sequence: number | undefined, ledger: ReconcileInput['ledger']) {
  return sequence === undefined ? undefined : ledger.fateOf(sequence);
}

function missing(
  capacity: number,
  ledger: ReconcileInput['ledger'],
  stored: ReadonlySet<number | undefined>,
): readonly number[] {
  const found: number[] = [];
  for (let sequence = 0; sequence < capacity; sequence++) {
    if (ledger.fateOf(sequence) === 'acked' && !stored.has(sequence)) found.push(sequence);
  }
  return found;
}
