import { poll } from '../../../lib/poll.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import type { SentinelOptions } from '../options.ts';
import { onServer } from './links.ts';
import { replicationOf } from './replication.ts';

/** Asked over connections of their own: a Sentinel that sets a server right closes the others. */
export async function untilLinked(
  input: ServiceInput<SentinelOptions>,
  replicas: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  const isLinked = (instance: Instance): Promise<boolean> =>
    onServer(input, instance, async (client) => (await replicationOf({ instance, client })).isLinked).catch(
      () => false,
    );
  await poll(async () => ((await Promise.all(replicas.map(isLinked))).every(Boolean) ? true : undefined), {
    everyMs: 50,
    signal,
  });
}
