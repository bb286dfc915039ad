import { StackctlError } from '../../errors.ts';
import type { Address, InstancePort } from '../contract/model.ts';
import type { RuntimeFacts } from '../contract/runtime-facts.ts';

/** Limits of the address plan: every instance has an address of its own in a /24. */
export const MAX_INSTANCES = 14;
export const MAX_SERVICES = 14;

export interface AddressInput {
  readonly runtime: Pick<RuntimeFacts, 'addressing'>;
  /** Place of the service in the stack, from 0. */
  readonly serviceIndex: number;
  /** From 1. */
  readonly instanceIndex: number;
  /** IPv4 CIDR with prefix 24. */
  readonly subnet: string;
  /** The instance's main port. */
  readonly port: InstancePort;
  /** The address that other instances use. */
  readonly peerPort: InstancePort;
  /** The DNS name that the instance shares with others, where the Engine gives each its address. */
  readonly name: string | undefined;
}

export interface AddressPair {
  readonly peer: Address;
  readonly client: Address;
}

const LOOPBACK = '127.0.0.1';

/**
 * Where an instance is reached from its neighbours and from the host. On a network every instance has an IP of its own that
 * follows from its place in the stack, so that it keeps it for life and other services may come and go.
 * @throws E_SCALE_REFUSED when the stack has more services or instances than the address plan.
 */
export function addressesOf({
  runtime,
  serviceIndex,
  instanceIndex,
  subnet,
  port,
  peerPort,
  name,
}: AddressInput): AddressPair {
  const client = { host: LOOPBACK, port: port.host };
  if (runtime.addressing === 'loopback') return { peer: { host: LOOPBACK, port: peerPort.host }, client };
  return { peer: { host: name ?? ipOf(subnet, serviceIndex, instanceIndex), port: peerPort.inside }, client };
}

/** Blocks of 16: service 0 has .17 to .30, service 1 .33 to .46, … The addresses below .17 stay free for the gateway. */
function ipOf(subnet: string, serviceIndex: number, instanceIndex: number): string {
  if (instanceIndex > MAX_INSTANCES || serviceIndex >= MAX_SERVICES) {
    throw new StackctlError(
      'E_SCALE_REFUSED',
      `a stack has at most ${MAX_SERVICES} services of ${MAX_INSTANCES} instances each`,
      { hint: 'Scale to fewer instances.', details: { maxServices: MAX_SERVICES, maxInstances: MAX_INSTANCES } },
    );
  }
  const [network = ''] = subnet.split('/');
  const prefix = network.split('.').slice(0, 3).join('.');
  return `${prefix}.${16 * (serviceIndex + 1) + instanceIndex}`;
}
