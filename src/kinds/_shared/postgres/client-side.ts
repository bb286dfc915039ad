import { connectionUrl } from '../../../lib/connection-url.ts';
import type { Secret } from '../../../lib/secret.ts';
import type { CliSpec, ConnectionInfo } from '../../../stack/contract/connection.ts';
import type { Refusal } from '../../../stack/contract/kind.ts';
import type { InstanceInput, ServiceInput } from '../../../stack/contract/model.ts';
import { formatAddress, primaryOf } from '../../../stack/contract/model.ts';
import type { ServerOptions } from './options.ts';

/** psql inside the instance, over TCP. A script piped into it stops at its first error, and the command fails. */
export function cli({ instance, service: { options } }: InstanceInput<ServerOptions>): CliSpec {
  return {
    argv: ['psql', '-v', 'ON_ERROR_STOP=1'],
    environment: {
      PGHOST: '127.0.0.1',
      PGPORT: String(instance.peer.port),
      PGUSER: options.user,
      PGDATABASE: options.database,
      PGPASSWORD: options.password,
    },
  };
}

/** As libpq reads them, and under the names that programs in containers often use. */
export function clientEnv(input: ServiceInput<ServerOptions>): Readonly<Record<string, string | Secret>> {
  const { client } = primaryOf(input.stack, input.service);
  const { user, database, password } = input.service.options;
  const port = String(client.port);
  return {
    PGHOST: client.host,
    PGPORT: port,
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    POSTGRES_HOST: client.host,
    POSTGRES_PORT: port,
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: database,
  };
}

export function connection({ stack, service }: ServiceInput<ServerOptions>): ConnectionInfo {
  const { user, database, password } = service.options;
  const { client } = primaryOf(stack, service);
  const url = connectionUrl({ scheme: 'postgresql', ...client, user, password, path: database });
  return {
    urls: Object.fromEntries(
      service.instances.map(({ name, client }) => [
        name,
        `postgresql://${encodeURIComponent(user)}@${formatAddress(client)}/${encodeURIComponent(database)}`,
      ]),
    ),
    reach: { ...client, url, user, password, database },
  };
}

const ONE = 'a second server would be empty and know nothing of the first: there is no replication';

export function refuse(_options: ServerOptions, count: number): readonly Refusal[] {
  return count === 1 ? [] : [{ option: 'instances', text: `must be 1, not ${count}: ${ONE}` }];
}

export function refuseScale(_input: ServiceInput<ServerOptions>, count: number): readonly string[] {
  return count === 1 ? [] : [ONE];
}
