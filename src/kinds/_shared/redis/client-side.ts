import { defined } from '../../../lib/defined.ts';
import type { Secret } from '../../../lib/secret.ts';
import type { CliSpec, ConnectionInfo, InstanceInput, ServiceInput } from '../../../stack/contract/kind.ts';
import { formatAddress, primaryOf } from '../../../stack/contract/model.ts';
import { passwordOrNone } from './config-text.ts';
import type { RedisOptions } from './options.ts';

/** redis-cli inside the instance: `-e` makes an error reply (NOAUTH included) a failure of the command. */
export function cli({ instance, service }: InstanceInput<RedisOptions>): CliSpec {
  const password = passwordOrNone(service.options.password);
  return {
    argv: ['redis-cli', '-e', '-p', String(instance.peer.port)],
    environment: defined({ REDISCLI_AUTH: password }),
  };
}

export function clientEnv({ stack, service }: ServiceInput<RedisOptions>): Readonly<Record<string, string | Secret>> {
  const { client } = primaryOf(stack, service);
  const password = passwordOrNone(service.options.password);
  return {
    REDIS_HOST: client.host,
    REDIS_PORT: String(client.port),
    // The second one is what redis-cli reads.
    ...(password === undefined ? {} : { REDIS_PASSWORD: password, REDISCLI_AUTH: password }),
  };
}

export function connection({ service }: ServiceInput<RedisOptions>): ConnectionInfo {
  return {
    urls: Object.fromEntries(service.instances.map(({ name, client }) => [name, `redis://${formatAddress(client)}`])),
  };
}
