import type { Redis } from 'ioredis';
import { agree } from '../../clients/redis/agree.ts';
import { connectToMaster as connect, disconnect } from '../../clients/redis/connect.ts';
import { StackctlError } from '../../errors.ts';
import type { Instance, ServiceInput } from '../../stack/contract/model.ts';
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

/** @throws as `connectToMaster` of clients/redis. */
export function connectToMaster(input: ServiceInput, master: Instance, timeoutMs: number): Promise<Redis> {
  return connect(memberTarget(input, master, timeoutMs), master.name);
}

function notReady(message: string): StackctlError {
  return new StackctlError('E_NOT_READY', message, { hint: 'Run: stackctl status' });
}
