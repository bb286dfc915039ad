/** Which replicas a Sentinel must not choose when it fails over. */
import { withRedis } from '../../../clients/redis/connect.ts';
import { type MemberView, memberViews } from '../../../clients/redis/sentinel.ts';
import { formatAddress, type Instance, type ServiceInput } from '../../../stack/contract/model.ts';
import { withSentinel } from '../ask.ts';
import { memberTarget } from '../group.ts';
import type { SentinelOptions } from '../options.ts';
import { obstacleOf } from '../promotion.ts';

type Input = ServiceInput<SentinelOptions>;

const TIMEOUT_MS = 1000;

/** Sets the priority of instances that must not be promoted to 0, and keeps the old one in `before`. */
export async function bar(input: Input, instances: readonly Instance[], before: Map<Instance, string>): Promise<void> {
  for (const instance of instances) {
    await withRedis(memberTarget(input, instance, TIMEOUT_MS), async (client) => {
      const [, priority] = (await client.config('GET', 'replica-priority')) as string[];
      before.set(instance, priority ?? '100');
      await client.config('SET', 'replica-priority', '0');
    });
  }
}

/**
 * Sentinel chooses by the priorities of its last INFO, which is up to 10 s old, and a server that has just died until it
 * notices. One that wakes up again as the new master would not have what was written meanwhile.
 */
export async function noneWouldChoose(
  input: Input,
  sentinels: readonly Instance[],
  barred: readonly Instance[],
): Promise<true | undefined> {
  const addresses = new Set(barred.map(({ peer }) => formatAddress(peer)));
  const replicas = await Promise.all(
    sentinels.map((sentinel) =>
      withSentinel(input, sentinel, (client) => memberViews(client, 'REPLICAS', input.service.options.masterName)),
    ),
  );
  const isEligible = (view: MemberView): boolean =>
    addresses.has(view.address) && view.priority > 0 && obstacleOf(view) === undefined;
  return replicas.flat().some(isEligible) ? undefined : true;
}

export async function unbar(input: Input, priorities: ReadonlyMap<Instance, string>): Promise<void> {
  for (const [instance, priority] of priorities) {
    await withRedis(memberTarget(input, instance, TIMEOUT_MS), (client) =>
      client.config('SET', 'replica-priority', priority),
    );
  }
}
