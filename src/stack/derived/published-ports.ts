import type { Instance, InstancePort, RuntimeName, Service } from '../contract/model.ts';

/** The ports of an instance that this machine has: all of a local process, of a container those that are published. */
export function publishedPorts(
  runtime: RuntimeName,
  { kind }: Pick<Service, 'kind'>,
  { ports }: Pick<Instance, 'ports'>,
): readonly InstancePort[] {
  if (runtime === 'process') return ports;
  const hidden = new Set(kind.ports.filter(({ published }) => published === false).map(({ name }) => name));
  return ports.filter(({ name }) => !hidden.has(name));
}
