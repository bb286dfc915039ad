import type { Redis } from 'ioredis';
import { withQuestions } from '../../clients/redis/questions.ts';
import { type MasterView, masterView } from '../../clients/redis/sentinel.ts';
import type { PrimaryAnswer } from '../../stack/contract/arbiter.ts';
import type { Instance, ServiceInput } from '../../stack/contract/model.ts';
import { groupName, sentinelTarget } from './group.ts';
import { newestAnswer } from './newest-answer.ts';

/** Deadline of each connection and command, in milliseconds. */
export const ASK_TIMEOUT_MS = 1000;

/** The master with the highest configuration epoch among the Sentinels that answer. */
export async function askPrimary(input: ServiceInput, signal: AbortSignal): Promise<PrimaryAnswer> {
  const views = await askAll(input);
  signal.throwIfAborted();
  return newestAnswer(input, views);
}

/** The answers of the Sentinels that answer within a second. */
export async function askAll(input: ServiceInput): Promise<readonly MasterView[]> {
  return (await askEach(input)).map(({ view }) => view);
}

/** The same, with who says it. */
export async function askEach(
  input: ServiceInput,
): Promise<readonly { readonly sentinel: Instance; readonly view: MasterView }[]> {
  const answers = await Promise.allSettled(
    input.service.instances.map(async (sentinel) => ({
      sentinel,
      view: await withQuestions(sentinelTarget(input, sentinel, ASK_TIMEOUT_MS), (client) =>
        masterView(client, groupName(input)),
      ),
    })),
  );
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

/** Runs `use` with a connection to this Sentinel, for more than questions. */
export async function withSentinel<T>(
  input: ServiceInput,
  sentinel: Instance,
  use: (client: Redis) => Promise<T>,
): Promise<T> {
  const { withRedis } = await import('../../clients/redis/connect.ts');
  return withRedis(sentinelTarget(input, sentinel, ASK_TIMEOUT_MS), use);
}
