import { eventId } from '../../src/stack/contract/event-id.ts';
import { tallyOf } from '../../src/stack/contract/id-tally.ts';
import { type IdHash, RANGE_EVENTS, type RangeDigest, sumOfHalves } from '../../src/stack/contract/range-digest.ts';
import type { RangedStore, TrafficStore } from '../../src/stack/contract/traffic.ts';

/** Digests as a server makes them: id by id. */
export function digestsOf(hash: IdHash, sequences: Iterable<number>): readonly RangeDigest[] {
  const found = new Map<number, RangeDigest>();
  const halves = new Int32Array(2);
  for (const sequence of sequences) {
    const index = Math.floor(sequence / RANGE_EVENTS);
    const { count, sum } = found.get(index) ?? { count: 0, sum: 0n };
    hash(sequence, halves);
    const own = sumOfHalves(halves[0] ?? 0, (halves[1] ?? 0) >>> 0);
    found.set(index, { index, count: count + 1, sum: sum + own });
  }
  return [...found.values()].toReversed();
}

/** Notes what a store is asked for. */
export function watched(store: TrafficStore) {
  const asked: string[] = [];
  const { ranged } = store;
  const watching: RangedStore | undefined = ranged && {
    digest: (signal) => {
      asked.push('digest');
      return ranged.digest(signal);
    },
    readRanges: (indexes, found, signal) => {
      asked.push(`ranges ${indexes.join(' ')}`);
      return ranged.readRanges(indexes, found, signal);
    },
  };
  return {
    asked,
    store: {
      ...store,
      ...(watching && { ranged: watching }),
      read: (signal: AbortSignal) => {
        asked.push('read');
        return store.read(signal);
      },
    },
  };
}

/** A store of these ids, copies too, without a server. */
export function memoryStore(runId: string, hash: IdHash, sequences: readonly number[]): TrafficStore {
  const ids = (own: readonly number[]): readonly string[] => own.map((sequence) => eventId(runId, sequence));
  return {
    name: 'memory',
    guarantee: 'stored',
    count: async () => sequences.length,
    read: async () => ({ found: tallyOf(runId, ids(sequences)), contradictions: [] }),
    ranged: {
      digest: async () => ({ hash, ranges: digestsOf(hash, sequences) }),
      readRanges: async (indexes, found) => {
        const own = sequences.filter((sequence) => indexes.includes(Math.floor(sequence / RANGE_EVENTS)));
        for (const id of ids(own)) found.addAllIn(id);
      },
    },
    close: async () => undefined,
  };
}
