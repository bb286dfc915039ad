import type { Redis } from 'ioredis';
import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { withMaster } from '../master.ts';
import { keyOf } from './key.ts';

const LIMIT_MS = 15_000;

/** Below the time that a connection to the master gives one command. */
const REPLICAS_LIMIT_MS = 3000;

/**
 * Deletes what a writer of a run has written, on the replicas too: replication is asynchronous, and whoever looks at one right
 * after the run would still see it. After an interrupt the group may still be failing over, so it is tried for a while.
 * @throws the last error. It then expires by itself.
 */
export async function cleanUp(input: FailoverInput, runId: string): Promise<void> {
  let last: unknown;
  const attempt = () =>
    withMaster(input, (client) => deleteEverywhere(client, keyOf(runId))).catch((error: unknown) => {
      last = error;
      return undefined;
    });
  try {
    await poll(attempt, { everyMs: 200, signal: deadline(LIMIT_MS) });
  } catch (error) {
    throw isTimeout(error) ? last : error;
  }
}

/** True once the master has deleted the key. A replica that does not confirm in time gets the deletion when it goes on. */
async function deleteEverywhere(client: Redis, key: string): Promise<true> {
  await client.del(key);
  const [, , replicas] = (await client.role()) as unknown as [string, number, readonly unknown[]];
  await client.wait(replicas.length, REPLICAS_LIMIT_MS);
  return true;
}
