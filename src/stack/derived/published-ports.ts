import type { Instance, InstancePort, Service } from '../contract/model.ts';
import type { RuntimeFacts } from '../contract/runtime-facts.ts';

/** The ports of an instance that are open on this machine: all of them on loopback; on a network, the published ones. */
export function hostPorts(
  { addressing }: Pick<RuntimeFacts, 'addressing'>,
  service: Pick<Service, 'kind'>,
  instance: Pick<Instance, 'ports'>,
): readonly InstancePort[] {
  return addressing === 'loopback' ? instance.ports : publishedPorts(service, instance);
}

/** Those that are published where an instance is on a network. */
export function publishedPorts(
  { kind }: Pick<Service, 'kind'>,
  { ports }: Pick<Instance, 'ports'>,
): readonly InstancePort[] {
  const hidden = new Set(kind.ports.filter(({ published }) => published === false).map(({ name }) => name));
  return ports.filter(({ name }) => !hidden.has(name));
}
