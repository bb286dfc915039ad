import type { Redis } from 'ioredis';
import { disconnect } from '../../../clients/redis/connect.ts';
import { errorText, StackctlError } from '../../../errors.ts';
import { pollFor } from '../../../lib/poll.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { agreedMaster, connectToMaster } from '../master.ts';

/** Deadline of a connection and of each command. */
export const TIMEOUT_MS = 3000;
const FIND_MS = 2000;

/**
 * A connection to the master that most Sentinels name and that says so itself; asks again for 2 s.
 * @throws E_NOT_READY when there is none by then.
 */
export async function connectMaster(input: ServiceInput): Promise<Redis> {
  return (await foundMaster(input)).client;
}

/** The same without the connection. */
export async function findMaster(input: ServiceInput): Promise<Instance> {
  const { client, master } = await foundMaster(input);
  disconnect(client);
  return master;
}

async function foundMaster(input: ServiceInput): Promise<{ readonly client: Redis; readonly master: Instance }> {
  let why = '';
  const attempt = async () => {
    try {
      const master = await agreedMaster(input);
      return { master, client: await connectToMaster(input, master, TIMEOUT_MS) };
    } catch (error) {
      why = errorText(error);
      return undefined;
    }
  };
  const found = await pollFor(FIND_MS, attempt, { everyMs: 50 });
  if (found !== undefined) return found;
  throw new StackctlError('E_NOT_READY', `no master: ${why}`, { hint: 'Run: stackctl status' });
}
