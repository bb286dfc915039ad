import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import type { FailoverInput } from '../../../stack/contract/failover.ts';
import { withMaster } from '../master.ts';
import { keyOf } from './key.ts';

const LIMIT_MS = 15_000;

/**
 * Deletes the list of a run. After an interrupt the group may still be failing over, so it is tried for a while.
 * @throws the last error. The list then expires by itself.
 */
export async function cleanUp(input: FailoverInput, runId: string): Promise<void> {
  let last: unknown;
  const attempt = () =>
    withMaster(input, (client) => client.del(keyOf(runId))).catch((error: unknown) => {
      last = error;
      return undefined;
    });
  try {
    await poll(attempt, { everyMs: 200, signal: deadline(LIMIT_MS) });
  } catch (error) {
    throw isTimeout(error) ? last : error;
  }
}
