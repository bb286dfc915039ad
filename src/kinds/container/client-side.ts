import type { ConnectionInfo } from '../../stack/contract/connection.ts';
import { formatAddress, type Instance, NO_PORT, type Service, type ServiceInput } from '../../stack/contract/model.ts';
import { portVariable, sharedAddress } from '../../stack/derived/environment.ts';

/** Ports that are printed as a URL; all others are `host:port`. */
const SCHEMES: ReadonlySet<string> = new Set(['http', 'https']);

/** Of a service `queue` with the ports amqp and ui: QUEUE_HOST, QUEUE_PORT (that of amqp), QUEUE_PORT_AMQP, QUEUE_PORT_UI. */
export function clientEnv({ stack, service }: ServiceInput): Readonly<Record<string, string>> {
  const { host, port } = sharedAddress(stack, service).client;
  if (port === NO_PORT) return {};
  const prefix = service.name.replaceAll('-', '_').toUpperCase();
  const ports = service.through === undefined ? portsOf(service) : [];
  return {
    [`${prefix}_HOST`]: host,
    [`${prefix}_PORT`]: String(port),
    ...Object.fromEntries(ports.map((one) => [`${prefix}_${portVariable(one.name)}`, String(one.host)])),
  };
}

/** Each port of each instance: `queue-1 amqp`. Behind another service it is the address of that one. */
export function connection({ stack, service }: ServiceInput): ConnectionInfo {
  if (service.through !== undefined)
    return { urls: { [service.name]: formatAddress(sharedAddress(stack, service).client) } };
  return {
    urls: Object.fromEntries(service.instances.flatMap((instance) => urlsOf(instance))),
  };
}

function urlsOf({ name, client, ports }: Instance): readonly (readonly [string, string])[] {
  return ports.map((port) => {
    const address = formatAddress({ host: client.host, port: port.host });
    return [`${name} ${port.name}`, SCHEMES.has(port.name) ? `${port.name}://${address}` : address];
  });
}

function portsOf({ instances: [first] }: Service): Instance['ports'] {
  return first?.ports ?? [];
}
