import { failureText } from '../../clients/redis/failure.ts';
import { StackctlError } from '../../errors.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { ASK_TIMEOUT_MS, withSentinel } from './ask.ts';
import { groupName } from './group.ts';

/**
 * `SENTINEL FAILOVER`, to the first Sentinel that answers. It refuses with INPROG while the failover before is not finished,
 * and with NOGOODSLAVE when no replica is good enough. Then no other one is asked: two would lead at the same time.
 * @param how what follows the name of the group.
 * @throws an error of this code with the Sentinel's words, or with all reasons when none answers.
 */
export async function askToFailOver(
  input: ServiceInput,
  code: 'E_NOT_READY' | 'E_FAULT_FAILED',
  signal: AbortSignal,
  ...how: readonly string[]
): Promise<void> {
  const silent: string[] = [];
  for (const sentinel of input.service.instances) {
    signal.throwIfAborted();
    let hasAnswered = false;
    try {
      return await withSentinel(input, sentinel, async (client) => {
        await client.ping();
        hasAnswered = true;
        await client.call('SENTINEL', 'FAILOVER', groupName(input), ...how);
      });
    } catch (cause) {
      const words = failureText(cause, ASK_TIMEOUT_MS);
      if (hasAnswered) throw refused(code, `${sentinel.name} refuses to fail over: ${words}`, cause);
      silent.push(`${sentinel.name}: ${words}`);
    }
  }
  throw refused(code, `no Sentinel can be asked to fail over: ${silent.join('; ')}`, undefined);
}

/**
 * Whether a failover may be under way after `askToFailOver` has thrown this: another one is (INPROG), or the Sentinel that was
 * asked has not said.
 */
export function mayHaveBegun(error: unknown): boolean {
  // Without a cause no Sentinel was there to be asked.
  if (!(error instanceof StackctlError) || !(error.cause instanceof Error)) return false;
  return error.cause.name !== 'ReplyError' || error.cause.message.startsWith('INPROG');
}

function refused(code: 'E_NOT_READY' | 'E_FAULT_FAILED', problem: string, cause: unknown): StackctlError {
  return new StackctlError(code, problem, {
    hint: 'Wait until `stackctl status` says healthy, and run the command again.',
    cause,
  });
}
