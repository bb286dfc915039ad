import { NO_PORT, primaryOf, type Service, type Stack } from '../contract/model.ts';
import { areReplicas } from './replicas.ts';

/**
 * One line `<instance> <host> <port>` for each instance, peer addresses. A start script keeps the copy of its last start,
 * so that it can translate addresses that a server saved before a port or the subnet changed. Replicas have no address of
 * their own to keep, and who listens nowhere has none.
 */
export function addressFile(stack: Stack): string {
  const services = stack.services.filter((service) => !areReplicas(stack.runtime, service));
  return services
    .flatMap(({ instances }) => instances)
    .filter(({ peer }) => peer.port !== NO_PORT)
    .map(({ name, peer }) => `${name} ${peer.host} ${peer.port}\n`)
    .join('');
}

/** One line `<epoch> <host> <port>`: the primary of a service as stackctl last saw it. */
export function primaryFile(stack: Stack, service: Service): string {
  const { peer } = primaryOf(stack, service);
  return `${stack.primaries[service.name]?.epoch ?? 0} ${peer.host} ${peer.port}\n`;
}
