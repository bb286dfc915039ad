import type { Redis } from 'ioredis';
import { connectRedis, disconnect } from '../../../clients/redis/connect.ts';
import { errorText, StackctlError } from '../../../errors.ts';
import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import type { ServiceInput } from '../../../stack/contract/kind.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import { instanceAt } from '../arbiter.ts';
import { askAll } from '../ask.ts';
import { agree } from '../failover/agree.ts';
import { memberTarget } from '../failover/group.ts';
import type { SentinelOptions } from '../options.ts';

type Input = ServiceInput<SentinelOptions>;

export const TIMEOUT_MS = 3000;
const FIND_MS = 2000;

/**
 * A connection to the master that most Sentinels name and that says so itself; asks again for 2 s.
 * @throws E_NOT_READY
 */
export async function connectMaster(input: Input): Promise<Redis> {
  let why = 'no Sentinel answers';
  const attempt = async (): Promise<Redis | undefined> => {
    const addresses = (await askAll(input)).map(({ address }) => ({ address, at: 0 }));
    const agreed = agree(addresses, 0, 0);
    const master = agreed === undefined ? undefined : instanceAt(input, agreed);
    if (master === undefined) {
      if (addresses.length > 0) why = 'the Sentinels do not agree on a master of this stack';
      return undefined;
    }
    return connectAsMaster(input, master).catch((error: unknown) => {
      why = errorText(error);
      return undefined;
    });
  };
  try {
    return await poll(attempt, { everyMs: 50, signal: deadline(FIND_MS) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new StackctlError('E_NOT_READY', `no master: ${why}`, { hint: 'Run: stackctl status' });
  }
}

async function connectAsMaster(input: Input, master: Instance): Promise<Redis> {
  const client = await connectRedis(memberTarget(input, master, TIMEOUT_MS));
  try {
    const [role] = (await client.role()) as unknown as readonly string[];
    if (role !== 'master') throw new Error(`${master.name} says it is a ${role}`);
    return client;
  } catch (error) {
    disconnect(client);
    throw error;
  }
}
