import { connectionUrl } from '../../../lib/connection-url.ts';
import { defined } from '../../../lib/defined.ts';
import type { Secret } from '../../../lib/secret.ts';
import type { CliSpec, ConnectionInfo } from '../../../stack/contract/connection.ts';
import type { InstanceInput, ServiceInput } from '../../../stack/contract/model.ts';
import { formatAddress, type Instance, primaryOf } from '../../../stack/contract/model.ts';
import { passwordOrNone } from './config-text.ts';
import type { RedisOptions } from './options.ts';
import type { Product } from './products.ts';

/** The server's own client inside the instance. */
export function cli(product: Product, { instance, service }: InstanceInput<RedisOptions>): CliSpec {
  return cliOf(product, instance, passwordOrNone(service.options.password));
}

/** `-e` makes an error reply (NOAUTH included) a failure of the command. valkey-cli reads the same variable as redis-cli. */
export function cliOf(product: Product, { peer }: Instance, password: Secret | undefined): CliSpec {
  return {
    argv: [product.cli.name, '-e', '-p', String(peer.port)],
    environment: defined({ REDISCLI_AUTH: password }),
  };
}

/** Variables with the name of the server in front, so that a stack may have servers of both. */
export function clientEnv(
  product: Product,
  { stack, service }: ServiceInput<RedisOptions>,
): Readonly<Record<string, string | Secret>> {
  const { client } = primaryOf(stack, service);
  const password = passwordOrNone(service.options.password);
  const prefix = product.name.toUpperCase();
  return {
    [`${prefix}_HOST`]: client.host,
    [`${prefix}_PORT`]: String(client.port),
    // The second one is what the command line client reads.
    ...(password === undefined ? {} : { [`${prefix}_PASSWORD`]: password, REDISCLI_AUTH: password }),
  };
}

export function connection({ stack, service }: ServiceInput<RedisOptions>): ConnectionInfo {
  const { client } = primaryOf(stack, service);
  const password = passwordOrNone(service.options.password);
  return {
    urls: Object.fromEntries(service.instances.map(({ name, client }) => [name, `redis://${formatAddress(client)}`])),
    reach: { ...client, url: connectionUrl({ scheme: 'redis', ...client, password }), ...defined({ password }) },
  };
}
