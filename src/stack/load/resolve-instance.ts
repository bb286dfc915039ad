import type { Kind } from '../contract/kind.ts';
import { type Instance, type InstancePort, NO_PORT } from '../contract/model.ts';
import { addressesOf } from '../derived/addresses.ts';
import { areReplicas } from '../derived/replicas.ts';
import { declaredPorts } from './declared-ports.ts';
import { valueMap } from './filled-spec.ts';
import { DEFAULT_SUBNET } from './network.ts';
import type { ResolveInput } from './resolution.ts';
import type { ServiceSpec } from './spec.ts';

interface InstancePlace {
  readonly service: string;
  readonly spec: ServiceSpec;
  readonly kind: Kind;
  readonly serviceIndex: number;
  readonly index: number;
  readonly input: ResolveInput;
}

/** Of a program without a port: its address is a host alone. */
const NOWHERE: InstancePort = { name: '', inside: NO_PORT, host: NO_PORT };

export function resolveInstance({ service, spec, kind, serviceIndex, index, input }: InstancePlace): Instance {
  const { runtime, decisions = {} } = input;
  const name = `${service}-${index}`;
  const ports = declaredPorts(kind, spec.ports, valueMap(input.values)).map((port): InstancePort => {
    const host = decisions.ports?.[name]?.[port.name] ?? port.outside + index - 1;
    return { name: port.name, inside: runtime.addressing === 'network' ? port.inside : host, host };
  });
  const main = ports[0] ?? NOWHERE;
  const peerPort = ports.find((port) => port.name === kind.peerPort) ?? main;
  const subnet = decisions.network?.subnet ?? DEFAULT_SUBNET;
  return {
    name,
    service,
    index,
    ports,
    ...addressesOf({
      runtime,
      serviceIndex,
      instanceIndex: index,
      subnet,
      port: main,
      peerPort,
      name: areReplicas(runtime, spec) ? service : undefined,
    }),
  };
}
