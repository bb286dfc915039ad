import { connectionUrl } from '../../lib/connection-url.ts';
import type { Secret } from '../../lib/secret.ts';
import type { CliSpec, ConnectionInfo } from '../../stack/contract/connection.ts';
import type { InstanceInput, ServiceInput } from '../../stack/contract/model.ts';
import { formatAddress } from '../../stack/contract/model.ts';
import { frontProgram } from './front-program.ts';
import type { ClickhouseOptions } from './options.ts';
import { firstOf } from './target.ts';

/**
 * clickhouse-client in a container; on the host a client of our own that talks HTTP, since the engine there may have no
 * native port. Both read the password from their environment.
 */
export function cli({ stack, service, instance }: InstanceInput<ClickhouseOptions>): CliSpec {
  const { user, password, database } = service.options;
  const environment = { CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: password };
  if (stack.runtime.startsFrom === 'image') return { argv: ['clickhouse-client', '--database', database], environment };
  const { host, port } = instance.client;
  return {
    argv: [...frontProgram(), 'client'],
    environment: {
      ...environment,
      CLICKHOUSE_HOST: host,
      CLICKHOUSE_PORT: String(port),
      CLICKHOUSE_DATABASE: database,
    },
  };
}

/** CLICKHOUSE_PORT is the HTTP port: the only one that both runtimes have. */
export function clientEnv(input: ServiceInput<ClickhouseOptions>): Readonly<Record<string, string | Secret>> {
  const { client } = firstOf(input);
  const { user, password, database } = input.service.options;
  return {
    CLICKHOUSE_HOST: client.host,
    CLICKHOUSE_PORT: String(client.port),
    CLICKHOUSE_DATABASE: database,
    CLICKHOUSE_USER: user,
    CLICKHOUSE_PASSWORD: password,
  };
}

export function connection(input: ServiceInput<ClickhouseOptions>): ConnectionInfo {
  const { service } = input;
  const { client } = firstOf(input);
  const { user, database, password } = service.options;
  const url = connectionUrl({ scheme: 'http', ...client, user, password, path: database });
  return {
    urls: Object.fromEntries(service.instances.map(({ name, client }) => [name, `http://${formatAddress(client)}`])),
    reach: { ...client, url, user, password, database },
  };
}
