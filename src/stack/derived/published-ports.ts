import type { Instance, InstancePort, Service } from '../contract/model.ts';
import type { RuntimeFacts } from '../contract/runtime-facts.ts';

/** The ports of an instance that this machine has: all of one on loopback, of one on a network those that are published. */
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
