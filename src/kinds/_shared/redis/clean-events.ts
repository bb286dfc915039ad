import { removeEntries, removeMembers } from '../../../clients/redis/event-remover.ts';
import { keysLike } from '../../../clients/redis/keys-like.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { TrafficRun } from '../../../stack/contract/traffic.ts';
import { withMaster } from './master.ts';
import type { RedisOptions } from './options.ts';
import { parseKeyTemplate } from './traffic/key-template.ts';

/** Deadline of a command. */
const TIMEOUT_MS = 3000;

/** Takes the events of a run out of streams, or else out of sorted sets. */
export async function cleanEvents(
  input: ServiceInput<RedisOptions>,
  { stream, sortedSet = '' }: { readonly stream?: string | undefined; readonly sortedSet?: string | undefined },
  { runId, signal }: TrafficRun,
): Promise<void> {
  const { fixed, glob } = parseKeyTemplate(stream ?? sortedSet, { runId, stars: true });
  const type = stream === undefined ? 'zset' : 'stream';
  const remove = stream === undefined ? removeMembers : removeEntries;
  await withMaster(input, TIMEOUT_MS, async (client) => {
    const keys = fixed === undefined ? await keysLike(client, { pattern: glob, type }, signal) : [fixed];
    for (const key of keys) await remove(client, key, runId, signal);
  });
}
