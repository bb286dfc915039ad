import {
  type Address,
  type Instance,
  type Service,
  type ServiceInput,
  serviceOf,
} from '../../../stack/contract/model.ts';

/**
 * Where a program on this machine sends HTTP requests to a service: to its first instance, or to the service in front of it.
 * @param port name of one of its ports; undefined: as `instanceHttpAddress`.
 */
export function httpAddress({ stack, service }: ServiceInput, port?: string): Address {
  if (service.through !== undefined) return firstAddress(serviceOf(stack, service.through), undefined);
  return firstAddress(service, port);
}

/** The same for one instance. Where nobody names a port it is the one called `http`, else the main one. */
export function instanceHttpAddress({ client, ports }: Instance, port = 'http'): Address {
  const found = ports.find(({ name }) => name === port);
  return found === undefined ? client : { host: client.host, port: found.host };
}

function firstAddress({ name, instances: [first] }: Service, port: string | undefined): Address {
  if (first === undefined) throw new Error(`service ${name} has no instances`);
  return instanceHttpAddress(first, port);
}
