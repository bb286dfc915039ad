import type { Redis } from 'ioredis';
import { connectRedis, disconnect } from '../../clients/redis/connect.ts';
import { StackctlError } from '../../errors.ts';
import type { Instance, ServiceInput } from '../../stack/contract/model.ts';
import { agree } from './agree.ts';
import { askAll } from './ask.ts';
import { memberTarget } from './group.ts';
import { instanceAt } from './monitored.ts';

const TIMEOUT_MS = 5000;

/**
 * Runs `use` with a connection to the master that most Sentinels name and that says so itself.
 * @throws E_NOT_READY when there is none.
 */
export async function withMaster<T>(
  input: ServiceInput,
  use: (client: Redis, master: Instance) => Promise<T>,
): Promise<T> {
  const master = await agreedMaster(input);
  const client = await connectToMaster(input, master, TIMEOUT_MS);
  try {
    return await use(client, master);
  } finally {
    disconnect(client);
  }
}

/** The server that most Sentinels name as master. @throws E_NOT_READY when there is none. */
export async function agreedMaster(input: ServiceInput): Promise<Instance> {
  const answers = (await askAll(input)).map(({ address }) => ({ address, at: 0 }));
  if (answers.length === 0) throw notReady('no Sentinel answers');
  const address = agree(answers, 0, 0);
  const master = address === undefined ? undefined : instanceAt(input, address);
  if (master === undefined) throw notReady('the Sentinels do not agree on a master of this stack');
  return master;
}

/**
 * A connection to a server that says itself that it is the master. The question is needed: a frozen process still
 * accepts connections (its kernel does), and only an answer shows that there is a server.
 * @throws the network error, or E_NOT_READY when it is no master.
 */
export async function connectToMaster(input: ServiceInput, master: Instance, timeoutMs: number): Promise<Redis> {
  const client = await connectRedis(memberTarget(input, master, timeoutMs));
  try {
    const [role] = (await client.role()) as unknown as readonly string[];
    if (role !== 'master') throw notReady(`${master.name}, which the Sentinels name as master, says it is a ${role}`);
    return client;
  } catch (error) {
    disconnect(client);
    throw error;
  }
}

function notReady(message: string): StackctlError {
  return new StackctlError('E_NOT_READY', message, { hint: 'Run: stackctl status' });
}
