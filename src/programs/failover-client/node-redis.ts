import { createSentinel } from '@redis/client';
import manifest from '@redis/client/package.json' with { type: 'json' };
import { defined } from '../../lib/defined.ts';
import type { Hello } from './protocol/adapter.ts';
import type { Client } from './serve.ts';

/** node-redis as its documentation connects it to Sentinels: what is not said is its default. */
export async function connect(hello: Hello): Promise<Client> {
  const { password, sentinelPassword, addresses, options } = hello;
  const { nodeClientOptions, sentinelClientOptions, ...others } = options as Record<string, object | undefined>;
  const client = createSentinel({
    name: hello.group,
    sentinelRootNodes: [...hello.sentinels],
    nodeAddressMap: addresses,
    nodeClientOptions: { ...defined({ password }), ...nodeClientOptions },
    sentinelClientOptions: { ...defined({ password: sentinelPassword }), ...sentinelClientOptions },
    ...others,
  });
  client.on('error', () => undefined);
  await client.connect();
  return { version: manifest.version, rpush: (key, value) => client.rPush(key, value) };
}
