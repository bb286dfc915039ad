import type { Redis } from 'ioredis';
import { withRedis } from '../../clients/redis/connect.ts';
import { type MasterView, masterView } from '../../clients/redis/sentinel.ts';
import type { Instance, RecordedPrimary, ServiceInput } from '../../stack/contract/model.ts';
import { groupName, sentinelTarget } from './group.ts';
import { instanceAt } from './monitored.ts';

const ASK_TIMEOUT_MS = 1000;

/** The master with the highest configuration epoch among the Sentinels that answer. */
export async function askPrimary(input: ServiceInput, signal: AbortSignal): Promise<RecordedPrimary | undefined> {
  const views = await askAll(input);
  signal.throwIfAborted();
  const newest = [...views].sort((a, b) => b.epoch - a.epoch)[0];
  const instance = newest === undefined ? undefined : instanceAt(input, newest.address);
  return newest === undefined || instance === undefined ? undefined : { instance: instance.name, epoch: newest.epoch };
}

/** The answers of the Sentinels that answer within a second. */
export async function askAll(input: ServiceInput): Promise<readonly MasterView[]> {
  const answers = await Promise.allSettled(
    input.service.instances.map((instance) =>
      withSentinel(input, instance, (client) => masterView(client, groupName(input))),
    ),
  );
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

/** Runs `use` with a connection to this Sentinel. */
export function withSentinel<T>(
  input: ServiceInput,
  sentinel: Instance,
  use: (client: Redis) => Promise<T>,
): Promise<T> {
  return withRedis(sentinelTarget(input, sentinel, ASK_TIMEOUT_MS), use);
}
