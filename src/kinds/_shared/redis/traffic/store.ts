import type { ServiceInput } from '../../../../stack/contract/model.ts';
import type { TrafficRun, TrafficStore } from '../../../../stack/contract/traffic.ts';
import type { RedisOptions } from '../options.ts';
import { openChannels } from './channels.ts';
import { parseKeyTemplate } from './key-template.ts';
import { openLatest } from './latest.ts';
import { openLists } from './lists.ts';
import { readerOf } from './reading.ts';
import type { StoreSettings } from './settings.ts';
import { openSortedSets } from './sorted-sets.ts';
import { openStreams } from './streams.ts';

/** @throws E_NOT_READY when there is no master now. */
export async function openStore(
  input: ServiceInput<RedisOptions>,
  { stream, sortedSet, hash, list, string, channel, scores, keeps }: StoreSettings,
  run: TrafficRun,
): Promise<TrafficStore> {
  const reader = (key: string) => readerOf(input, run, key);
  if (stream !== undefined) return openStreams(reader(stream.key));
  if (sortedSet !== undefined) return openSortedSets(reader(sortedSet.key), scores === 'time');
  if (list !== undefined) return openLists(reader(list.key));
  if (string !== undefined) return openLatest(reader(string.key), { type: 'string', keeps });
  if (hash !== undefined) {
    const field =
      hash.field === undefined ? undefined : parseKeyTemplate(hash.field, { runId: run.runId, stars: true });
    return openLatest(reader(hash.key), { type: 'hash', field, keeps });
  }
  return openChannels(reader(channel ?? ''));
}
