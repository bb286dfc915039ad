/** Which replicas a Sentinel must not choose when it fails over. */
import { type MemberView, memberViews } from '../../../clients/redis/sentinel.ts';
import { errorText } from '../../../errors.ts';
import { formatAddress, type Instance, type ServiceInput } from '../../../stack/contract/model.ts';
import { withSentinel } from '../ask.ts';
import type { SentinelOptions } from '../options.ts';
import { obstacleOf } from '../promotion.ts';
import { onServer } from './links.ts';

type Input = ServiceInput<SentinelOptions>;

/** Sets the priority of instances that must not be promoted to 0, and keeps the old one in `before`. @throws LinkError. */
export async function bar(input: Input, instances: readonly Instance[], before: Map<Instance, string>): Promise<void> {
  for (const instance of instances) {
    await onServer(input, instance, async (client) => {
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

/** Never rejects: why the hand-over failed matters more. A server that keeps priority 0 is named, with what sets it back. */
export async function unbar(
  input: Input,
  priorities: ReadonlyMap<Instance, string>,
  onWarning: (text: string) => void,
): Promise<void> {
  const setBack = ([instance, priority]: readonly [Instance, string]): Promise<void> =>
    onServer(input, instance, async (client) => {
      await client.config('SET', 'replica-priority', priority);
    }).catch((error: unknown) => {
      const command = `stackctl cli ${instance.name} CONFIG SET replica-priority ${priority}`;
      onWarning(`${errorText(error)}: it will not be promoted until it has its priority again: \`${command}\``);
    });
  await Promise.all([...priorities].map(setBack));
}
