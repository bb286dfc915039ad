import { connectionUrl } from '../../lib/connection-url.ts';
import { variableName } from '../../lib/variable-name.ts';
import type { ConnectionInfo } from '../../stack/contract/connection.ts';
import {
  type Address,
  formatAddress,
  type Instance,
  NO_PORT,
  type Service,
  type ServiceInput,
} from '../../stack/contract/model.ts';
import { portVariable, sharedAddress } from '../../stack/derived/environment.ts';
import type { ContainerOptions } from './options.ts';

type Input = ServiceInput<ContainerOptions>;

/** Names of ports that say what is spoken there. */
const SCHEMES: ReadonlySet<string> = new Set(['http', 'https']);

/**
 * Of a service `queue` with the ports amqp and ui: QUEUE_HOST, QUEUE_PORT (that of amqp), QUEUE_PORT_AMQP, QUEUE_PORT_UI. QUEUE_URL
 * too where the first port speaks HTTP.
 */
export function clientEnv({ stack, service }: Input): Readonly<Record<string, string>> {
  const { host, port } = sharedAddress(stack, service).client;
  if (port === NO_PORT) return {};
  const prefix = variableName(service.name);
  const scheme = schemeOf(service, portsOf(service)[0]);
  const ports = service.through === undefined ? portsOf(service) : [];
  return {
    [`${prefix}_HOST`]: host,
    [`${prefix}_PORT`]: String(port),
    ...(scheme !== undefined && { [`${prefix}_URL`]: printed({ host, port }, scheme) }),
    ...Object.fromEntries(ports.map((one) => [`${prefix}_${portVariable(one.name)}`, String(one.host)])),
  };
}

/** Each port of each instance: `queue-1 amqp`. Behind another service it is the address of that one. */
export function connection({ stack, service }: Input): ConnectionInfo {
  const front = sharedAddress(stack, service).client;
  const scheme = schemeOf(service, portsOf(service)[0]);
  const reach = scheme !== undefined && { reach: { ...front, url: connectionUrl({ scheme, ...front }) } };
  const urls = service.through === undefined ? urlsOf(service) : [[service.name, printed(front, scheme)] as const];
  return { urls: Object.fromEntries(urls), ...reach };
}

function urlsOf(service: Service<ContainerOptions>): readonly (readonly [string, string])[] {
  return service.instances.flatMap(({ name, client, ports }) =>
    ports.map((port) => {
      const address = { host: client.host, port: port.host };
      return [`${name} ${port.name}`, printed(address, schemeOf(service, port))] as const;
    }),
  );
}

/** What is spoken at a port: its name says so, or that it is asked by HTTP whether the service is ready. */
function schemeOf(service: Service<ContainerOptions>, port: Instance['ports'][number] | undefined): string | undefined {
  if (port === undefined) return undefined;
  if (SCHEMES.has(port.name)) return port.name;
  const http = service.options.readiness?.http;
  return http !== undefined && (http.port ?? portsOf(service)[0]?.name) === port.name ? 'http' : undefined;
}

function printed(address: Address, scheme: string | undefined): string {
  return scheme === undefined ? formatAddress(address) : `${scheme}://${formatAddress(address)}`;
}

function portsOf({ instances: [first] }: Service): Instance['ports'] {
  return first?.ports ?? [];
}
