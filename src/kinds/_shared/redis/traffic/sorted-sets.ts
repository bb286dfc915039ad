import type { Redis } from 'ioredis';
import { tallyByScore, tallySortedSet } from '../../../../clients/redis/event-reader.ts';
import { createIdTally, type IdTally } from '../../../../stack/contract/id-tally.ts';
import type { StoreReading, TrafficStore } from '../../../../stack/contract/traffic.ts';
import { numbersOf, readLatest } from './latest.ts';
import { addAll, forgottenIn, keysOf, type Reader, storeOf, tallyEach } from './reading.ts';

/**
 * Sorted sets: members that hold events, looked for among the scores that the run has written; and members that events share, which
 * must have the score of the last one.
 * @param isByTime the scores are the times of the events: where somebody else writes for the run, no older members are read.
 */
export function openSortedSets(reader: Reader, isByTime: boolean): TrafficStore {
  const { writes, run } = reader;
  writes.wantLog();
  const tallyOne = (client: Redis, isOwn: boolean, isWhole: boolean, signal: AbortSignal) => {
    return (key: string | Buffer): Promise<IdTally> => {
      const written = writes.scores(String(key));
      if (isWhole) return tallySortedSet(client, key, run.runId, signal);
      if (written !== undefined) {
        return tallyByScore(client, { key, from: written[0], to: written[1] }, run.runId, signal);
      }
      // What it has written there itself holds no events.
      if (isOwn) return Promise.resolve(createIdTally(run.runId));
      return isByTime
        ? tallyByScore(client, { key, from: run.oldestMs }, run.runId, signal)
        : tallySortedSet(client, key, run.runId, signal);
    };
  };
  const readOne = async (isWhole: boolean, signal: AbortSignal): Promise<StoreReading> =>
    reader.ask(async (client) => {
      const { keys, isOwn } = await keysOf(reader, 'zset', client, signal, isWhole);
      const members = await tallyEach(reader, keys, tallyOne(client, isOwn, isWhole, signal));
      const forgets = forgottenIn(reader, () => keys.map((key) => ({ key })));
      const shared = await readLatest(reader, { type: 'zset' }, client, signal);
      if (shared === undefined) return { found: members, contradictions: [], forgets };
      addAll(shared.found, members, run.runId);
      return { ...shared, forgets };
    });
  const store = storeOf(reader, (signal) => readOne(false, signal), { readAll: (signal) => readOne(true, signal) });
  const isShared = () =>
    writes.log !== undefined &&
    numbersOf(writes.log, ({ type, key }) => type === 'zset' && reader.keys.matches(key), 1).length > 0;
  return {
    ...store,
    // Whether members are shared is known when they are written.
    get name() {
      return isShared() ? `${store.name} (latest of each member)` : store.name;
    },
  };
}
