import { connectionUrl } from '../../lib/connection-url.ts';
import { defined } from '../../lib/defined.ts';
import type { Secret } from '../../lib/secret.ts';
import type { CliSpec, ConnectionInfo } from '../../stack/contract/connection.ts';
import type { InstanceInput, ServiceInput } from '../../stack/contract/model.ts';
import { type Address, formatAddress, type Instance, primaryOf } from '../../stack/contract/model.ts';
import { cliOf } from '../_shared/redis/client-side.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { monitoredService } from './monitored.ts';
import { productOf, type SentinelOptions } from './options.ts';

export function cli({ instance, service }: InstanceInput<SentinelOptions>): CliSpec {
  return cliOf(productOf(service), instance, passwordOrNone(service.options.password));
}

/** Variables for a client on the host: where the Sentinels are, and the name of the master. */
export function clientEnv(input: ServiceInput<SentinelOptions>): Readonly<Record<string, string | Secret>> {
  const { masterPassword, sentinelPassword } = passwords(input);
  const endpoints = input.service.instances.flatMap(({ index, client }) => [
    [`SENTINEL_HOST_${index}`, client.host],
    [`SENTINEL_PORT_${index}`, String(client.port)],
  ]);
  const prefix = productOf(input.service).name.toUpperCase();
  return {
    ...Object.fromEntries(endpoints),
    [`${prefix}_MASTER_NAME`]: input.service.options.masterName,
    ...defined({ [`${prefix}_PASSWORD`]: masterPassword, SENTINEL_PASSWORD: sentinelPassword }),
  };
}

export function connection(input: ServiceInput<SentinelOptions>): ConnectionInfo {
  const { service } = input;
  const { masterPassword, sentinelPassword } = passwords(input);
  const { client: first } = primaryOf(input.stack, service);
  return {
    reach: {
      ...first,
      url: connectionUrl({ scheme: 'redis', ...first, password: sentinelPassword }),
      ...defined({ password: masterPassword }),
      more: {
        masterName: service.options.masterName,
        sentinels: service.instances.map(({ client }) => client),
        ...defined({ sentinelPassword }),
      },
    },
    urls: Object.fromEntries(service.instances.map(({ name, client }) => [name, `redis://${formatAddress(client)}`])),
    clientOptions: {
      ioredis: {
        sentinels: service.instances.map(({ client }) => client),
        name: service.options.masterName,
        ...defined({ password: masterPassword, sentinelPassword }),
        natMap: natMap([...monitoredService(input).instances, ...service.instances]),
      },
    },
  };
}

/** Inside address -> outside address, in ioredis' form; instances whose addresses are equal need no entry. */
function natMap(instances: readonly Instance[]): Readonly<Record<string, Address>> {
  return Object.fromEntries(
    instances
      .filter(({ peer, client }) => formatAddress(peer) !== formatAddress(client))
      .map(({ peer, client }) => [formatAddress(peer), client]),
  );
}

function passwords(input: ServiceInput<SentinelOptions>) {
  const monitored = monitoredService(input);
  return {
    masterPassword: monitored.kind.replicated?.password({ stack: input.stack, service: monitored }),
    sentinelPassword: passwordOrNone(input.service.options.password),
  };
}
