import { Redis } from 'ioredis';
import manifest from 'ioredis/package.json' with { type: 'json' };
import { defined } from '../../lib/defined.ts';
import type { Hello } from './protocol/adapter.ts';
import type { Client } from './serve.ts';

/** ioredis as its documentation connects it to Sentinels: what is not said is its default. */
export async function connect(hello: Hello): Promise<Client> {
  const { password, sentinelPassword, addresses, options } = hello;
  const client = new Redis({
    sentinels: [...hello.sentinels],
    name: hello.group,
    natMap: addresses,
    ...defined({ password, sentinelPassword }),
    ...(options as object),
  });
  // An application logs them; without a listener the library prints each one.
  client.on('error', () => undefined);
  await client.ping();
  return { version: manifest.version, rpush: (key, value) => client.rpush(key, value) };
}
