import { removeEntries, removeMembers } from '../../../clients/redis/event-remover.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { TrafficRun } from '../../../stack/contract/traffic.ts';
import { withMaster } from './master.ts';
import type { RedisOptions } from './options.ts';

/** Deadline of a command. */
const TIMEOUT_MS = 3000;

/** Takes the events of a run out of a stream, or else out of a sorted set. */
export async function cleanEvents(
  input: ServiceInput<RedisOptions>,
  { stream, sortedSet = '' }: { readonly stream?: string | undefined; readonly sortedSet?: string | undefined },
  { runId, signal }: TrafficRun,
): Promise<void> {
  await withMaster(input, TIMEOUT_MS, (client) =>
    stream === undefined
      ? removeMembers(client, sortedSet, runId, signal)
      : removeEntries(client, stream, runId, signal),
  );
}
