import type { Redis } from 'ioredis';
import { tallyList } from '../../../../clients/redis/list-reader.ts';
import type { StoreReading, TrafficStore } from '../../../../stack/contract/traffic.ts';
import { forgottenIn, keysOf, type Reader, storeOf, tallyEach } from './reading.ts';

/** Lists, of which what came since the run began is read; the whole of them only when something is missing. */
export async function openLists(reader: Reader): Promise<TrafficStore> {
  const { keys: template, writes, run } = reader;
  const lengths = new Map<string, number>();
  const note = (keys: readonly string[]): Promise<void> =>
    reader.ask(async (client) => {
      for (const key of keys) lengths.set(key, await client.llen(key));
    });
  if (template.fixed !== undefined) await note([template.fixed]);
  else {
    writes.onNewList((keys) => {
      const own = keys.filter(template.matches);
      // Without its length a list is read from its beginning.
      return own.length === 0 ? Promise.resolve() : note(own).catch(() => undefined);
    });
  }
  const readFrom = async (
    before: (key: string) => number,
    signal: AbortSignal,
    everywhere = false,
  ): Promise<StoreReading> =>
    reader.ask(async (client: Redis) => {
      const { keys } = await keysOf(reader, 'list', client, signal, everywhere);
      const found = await tallyEach(reader, keys, (key) =>
        tallyList(client, { key, before: before(String(key)) }, run.runId, signal),
      );
      return {
        found,
        contradictions: [],
        forgets: forgottenIn(reader, () => keys.map((key) => ({ key }))),
      };
    });
  return storeOf(reader, (signal) => readFrom((key) => lengths.get(key) ?? 0, signal), {
    readAll: (signal) => readFrom(() => 0, signal, true),
  });
}
