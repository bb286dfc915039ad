import type { Redis } from 'ioredis';
import { connectRedis, disconnect, withRedis } from '../../../clients/redis/connect.ts';
import { failureText } from '../../../clients/redis/failure.ts';
import type { RedisTarget } from '../../../clients/redis/target.ts';
import { StackctlError } from '../../../errors.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { passwordOrNone } from './config-text.ts';
import type { RedisOptions } from './options.ts';

type Input = ServiceInput<RedisOptions>;

const ASK_MS = 1000;

/** A connection to the one instance that says it is the master. @throws E_NOT_READY when no instance or several say so. */
export async function connectMaster(input: Input, timeoutMs: number): Promise<Redis> {
  return connectRedis(targetOf(input, await masterInstance(input), timeoutMs));
}

export async function withMaster<T>(input: Input, timeoutMs: number, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = await connectMaster(input, timeoutMs);
  try {
    return await use(client);
  } finally {
    disconnect(client);
  }
}

export function targetOf({ service }: Input, instance: Instance, timeoutMs: number): RedisTarget {
  return { address: instance.client, password: passwordOrNone(service.options.password), timeoutMs };
}

/** The one instance that says it is the master. @throws E_NOT_READY when no instance or several say so. */
export async function masterInstance(input: Input): Promise<Instance> {
  const { instances, name } = input.service;
  const asked = await Promise.all(
    instances.map(async (instance) => {
      try {
        return { instance, role: await withRedis(targetOf(input, instance, ASK_MS), roleOf) };
      } catch (error) {
        return { instance, role: `no answer: ${failureText(error, ASK_MS)}` };
      }
    }),
  );
  const masters = asked.filter(({ role }) => role === 'master');
  const [master] = masters;
  if (master !== undefined && masters.length === 1) return master.instance;
  const said = asked.map(({ instance, role }) => `${instance.name}: ${role}`).join('; ');
  throw new StackctlError('E_NOT_READY', `${name} has ${masters.length} masters (${said})`, {
    hint: 'Run: stackctl status',
  });
}

async function roleOf(client: Redis): Promise<string> {
  const [role] = (await client.role()) as unknown as readonly string[];
  return role === 'slave' ? 'replica' : String(role);
}
