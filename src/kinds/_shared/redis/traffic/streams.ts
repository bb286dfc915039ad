import type { Redis } from 'ioredis';
import { bytesId } from '../../../../clients/redis/bytes.ts';
import { BEGINNING, presentPlace, tallyLongStream, tallyStream } from '../../../../clients/redis/event-reader.ts';
import { openRaw } from '../../../../clients/redis/raw-connection.ts';
import { createIdTally, type IdTally } from '../../../../stack/contract/id-tally.ts';
import type { StoreReading, TrafficStore } from '../../../../stack/contract/traffic.ts';
import { masterInstance, targetOf } from '../master.ts';
import { forgottenIn, keysOf, type Reader, storeOf, TIMEOUT_MS } from './reading.ts';

/** Streams, of which what came since the run began is read; the whole of them only when something is missing. */
export async function openStreams(reader: Reader): Promise<TrafficStore> {
  const { runId } = reader.run;
  const begin = await reader.ask(presentPlace);
  const readBehind = async (place: string, signal: AbortSignal, everywhere = false): Promise<StoreReading> => {
    const found = createIdTally(runId);
    const keys = await eachStream(reader, found, () => place, signal, everywhere);
    return {
      found,
      contradictions: [],
      forgets: forgottenIn(reader, () => [...keys.keys()].map((key) => ({ key }))),
    };
  };
  let counted = 0;
  const places = new Map<string, string>();
  const count = async (signal: AbortSignal): Promise<number> => {
    const more = createIdTally(runId);
    const now = await eachStream(reader, more, (key) => places.get(key) ?? begin, signal);
    for (const [key, place] of now) places.set(key, place);
    counted += more.total;
    return counted;
  };
  return storeOf(reader, (signal) => readBehind(begin, signal), {
    count,
    readAll: (signal) => readBehind(BEGINNING, signal, true),
  });
}

/** @returns the place in each stream up to which it was read. */
async function eachStream(
  reader: Reader,
  tally: IdTally,
  behindOf: (key: string) => string,
  signal: AbortSignal,
  everywhere = false,
): Promise<ReadonlyMap<string, string>> {
  const { fixed } = reader.keys;
  if (fixed !== undefined) return new Map([[fixed, await readLong(reader, fixed, behindOf(fixed), tally, signal)]]);
  return reader.ask(async (client: Redis) => {
    const places = new Map<string, string>();
    const { keys } = await keysOf(reader, 'stream', client, signal, everywhere);
    for (const key of keys) {
      const name = typeof key === 'string' ? key : bytesId(key);
      places.set(name, await tallyStream(client, { key, behind: behindOf(name) }, tally, signal));
    }
    return places;
  });
}

async function readLong(
  { input }: Reader,
  key: string,
  behind: string,
  tally: IdTally,
  signal: AbortSignal,
): Promise<string> {
  const client = await openRaw(targetOf(input, await masterInstance(input), TIMEOUT_MS));
  try {
    return await tallyLongStream(client, { key, behind }, tally, signal);
  } finally {
    client.close();
  }
}
