/** Reads what a store holds of a run: by its digests, and of its ids only those that no digest proves; or all of them. */
import { createIdTally } from '../stack/contract/id-tally.ts';
import { RANGE_EVENTS } from '../stack/contract/range-digest.ts';
import type { RangedStore, StoreReading, TrafficStore } from '../stack/contract/traffic.ts';
import type { LedgerView } from './ledger.ts';
import { addProven, arrivedIn, compareDigests } from './proven-ranges.ts';
import { reconcile } from './reconcile.ts';

export interface StoreReader {
  /** The same as `TrafficStore.read`, found out in whichever way. @throws as that, and the reason of the limit. */
  read(): Promise<StoreReading>;
  /**
   * How many different events are there as they may be: acknowledged, or unknown. What the last `read` has proven is not looked at again.
   */
  countArrived(signal: AbortSignal): Promise<number>;
}

export interface ReaderInput {
  readonly runId: string;
  readonly store: TrafficStore;
  readonly ledger: LedgerView;
  /** How long the reading may take, by digests or as a whole. */
  readonly limit: () => AbortSignal;
}

/** Ranges that are read by themselves. Of more, or of most of the run, all ids are read at once. */
const MOST_RANGES = 4096;

/** What is left of a reading by digests, for the next question. */
interface Rest {
  readonly ranged: RangedStore;
  /** Events that are proven to be there. */
  readonly proven: number;
  readonly open: readonly number[];
}

export function createStoreReader({ runId, store, ledger, limit }: ReaderInput): StoreReader {
  let rest: Rest | undefined;
  const readByDigest = async (ranged: RangedStore, signal: AbortSignal): Promise<StoreReading | undefined> => {
    const digest = await ranged.digest(signal);
    const comparison = digest && compareDigests(ledger, digest);
    if (comparison === undefined || isMost(comparison.open, ledger)) return undefined;
    const { open } = comparison;
    const found = createIdTally(runId);
    addProven(found, ledger, comparison);
    rest = { ranged, proven: found.total, open };
    if (open.length > 0) await ranged.readRanges(open, found, signal);
    return { found, contradictions: [] };
  };
  return {
    read: async () => {
      rest = undefined;
      if (store.ranged === undefined) return store.read(limit());
      const signal = limit();
      const proven = readByDigest(store.ranged, signal).catch(() => {
        // A server that has no answer in time has none for a longer question. Any other reason is about this one: it may be too old for it.
        signal.throwIfAborted();
        return undefined;
      });
      return (await proven) ?? store.read(limit());
    },
    countArrived: async (signal) => {
      if (rest === undefined) {
        const { stored, phantom } = reconcile({ runId, ledger, reading: await store.read(signal) });
        return stored - phantom;
      }
      const found = createIdTally(runId);
      if (rest.open.length > 0) await rest.ranged.readRanges(rest.open, found, signal);
      return rest.proven + arrivedIn(found, ledger, rest.open);
    },
  };
}

function isMost(open: readonly number[], { end }: LedgerView): boolean {
  return open.length > MOST_RANGES || open.length * RANGE_EVENTS > end / 2;
}
