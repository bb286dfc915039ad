import { withRedis } from '../../../clients/redis/connect.ts';
import { failureText } from '../../../clients/redis/failure.ts';
import { StackctlError } from '../../../errors.ts';
import type { FailoverInput } from '../../../stack/contract/failover.ts';
import { groupName, sentinelTarget } from '../group.ts';

const TIMEOUT_MS = 2000;

/** Makes one Sentinel fail over, as an operator would. @throws E_FAULT_FAILED with the Sentinel's words. */
export async function trigger(input: FailoverInput, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const [sentinel] = input.service.instances;
  if (sentinel === undefined) throw new Error(`service ${input.service.name} has no instances`);
  try {
    await withRedis(sentinelTarget(input, sentinel, TIMEOUT_MS), (client) =>
      client.call('SENTINEL', 'FAILOVER', groupName(input)),
    );
  } catch (cause) {
    throw new StackctlError(
      'E_FAULT_FAILED',
      `${sentinel.name} refuses the failover: ${failureText(cause, TIMEOUT_MS)}`,
      { hint: 'Run: stackctl status', cause },
    );
  }
}
