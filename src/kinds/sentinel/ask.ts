import type { Redis } from 'ioredis';
import { withRedis } from '../../clients/redis/connect.ts';
import { type MasterView, masterView } from '../../clients/redis/sentinel.ts';
import type { ServiceInput } from '../../stack/contract/kind.ts';
import type { Instance, RecordedPrimary } from '../../stack/contract/model.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { instanceAt } from './arbiter.ts';
import type { SentinelOptions } from './options.ts';

type Input = ServiceInput<SentinelOptions>;

const ASK_TIMEOUT_MS = 1000;

/** The master with the highest configuration epoch among the Sentinels that answer. */
export async function askPrimary(input: Input, signal: AbortSignal): Promise<RecordedPrimary | undefined> {
  const views = await askAll(input);
  signal.throwIfAborted();
  const newest = [...views].sort((a, b) => b.epoch - a.epoch)[0];
  const instance = newest === undefined ? undefined : instanceAt(input, newest.address);
  return newest === undefined || instance === undefined ? undefined : { instance: instance.name, epoch: newest.epoch };
}

/** The views of those Sentinels that answer within a second; the others are left out. */
export async function askAll(input: Input): Promise<readonly MasterView[]> {
  const answers = await Promise.allSettled(
    input.service.instances.map((instance) =>
      withSentinel(input, instance, (client) => masterView(client, input.service.options.masterName)),
    ),
  );
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

export function withSentinel<T>(input: Input, instance: Instance, use: (client: Redis) => Promise<T>): Promise<T> {
  const password = passwordOrNone(input.service.options.password);
  return withRedis({ address: instance.client, password, timeoutMs: ASK_TIMEOUT_MS }, use);
}
