import type { Kind } from '../contract/kind.ts';
import type { Instance, InstancePort } from '../contract/model.ts';
import { addressesOf } from '../derived/addresses.ts';
import { areReplicas } from '../derived/replicas.ts';
import { baseOf } from './filled-spec.ts';
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

export function resolveInstance({ service, spec, kind, serviceIndex, index, input }: InstancePlace): Instance {
  const { runtime, decisions = {} } = input;
  const name = `${service}-${index}`;
  const ports = kind.ports.map((port): InstancePort => {
    const base = baseOf(spec, port.name, input) ?? port.inside;
    const host = decisions.ports?.[name]?.[port.name] ?? base + index - 1;
    const inContainer = kind.runsStackPrograms === true ? base : port.inside;
    return { name: port.name, inside: runtime.addressing === 'network' ? inContainer : host, host };
  });
  const [main] = ports;
  const peerPort = ports.find((port) => port.name === kind.peerPort) ?? main;
  if (main === undefined || peerPort === undefined) throw new Error(`kind ${kind.name} has no ports`);
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
