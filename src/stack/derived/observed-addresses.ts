import { type Instance, type InstancePort, NO_PORT, type Stack } from '../contract/model.ts';
import type { ObservedInstance } from '../contract/runtime.ts';

/** The stack with its instances where the runtime says that they are reached, where it says so. Pure. */
export function withObservedAddresses(stack: Stack, observed: readonly ObservedInstance[]): Stack {
  const reached = new Map(observed.flatMap(({ name, reached: at }) => (at === undefined ? [] : [[name, at] as const])));
  if (reached.size === 0) return stack;
  const services = stack.services.map((service) => ({
    ...service,
    instances: service.instances.map((instance) => {
      const at = reached.get(instance.name);
      return at === undefined ? instance : moved(instance, at);
    }),
  }));
  return { ...stack, services };
}

function moved(instance: Instance, { host, ports: published }: NonNullable<ObservedInstance['reached']>): Instance {
  const ports = instance.ports.map((port): InstancePort => ({ ...port, host: published[port.inside] ?? NO_PORT }));
  const [main] = ports;
  return {
    ...instance,
    ports,
    peer: { ...instance.peer, host: host ?? instance.peer.host },
    client: { ...instance.client, port: main?.host ?? NO_PORT },
  };
}
