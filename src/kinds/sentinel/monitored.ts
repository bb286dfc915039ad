import type { ServiceInput } from '../../stack/contract/model.ts';
import { formatAddress, type Instance, type Service, serviceOf } from '../../stack/contract/model.ts';

/** The service whose master the Sentinels watch: `monitors:` in stack.yaml. */
export function monitoredService({ stack, service }: ServiceInput): Service {
  if (service.monitors === undefined) throw new Error(`service ${service.name} of kind sentinel has no "monitors:"`);
  return serviceOf(stack, service.monitors);
}

/** The monitored server with this peer address (`host:port`), which is how Sentinels name servers. */
export function instanceAt(input: ServiceInput, address: string): Instance | undefined {
  return monitoredService(input).instances.find(({ peer }) => formatAddress(peer) === address);
}
