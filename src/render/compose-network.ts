import type { Network, Stack } from '../stack/contract/model.ts';
import { LABELS } from '../stack/derived/labels.ts';
import { areReplicas } from '../stack/derived/replicas.ts';
import type { Tree } from './yaml-tree.ts';

/** Compose's key of the only network; its name on the machine is the stack's. */
export const NETWORK_KEY = 'default';

export function composeNetwork(stack: Stack, { name, subnet, external }: Network): Tree {
  if (external === true) return { name, external };
  return {
    name,
    ipam: { config: [addressPool(stack, subnet)] },
    labels: { [LABELS.project]: stack.project.id },
  };
}

/** Upper parts of a /24 as first address and prefix, the largest first. */
const POOLS = [
  [128, 25],
  [192, 26],
  [224, 27],
  [240, 28],
] as const;

/**
 * A stranger that joins the network while an instance is stopped or cut off must not be given the instance's address, nor
 * a replica: the Engine hands out only the largest upper part in which no instance has its own.
 */
function addressPool(stack: Stack, subnet: string): Tree {
  const prefix = subnet.split('.').slice(0, 3).join('.');
  const own = stack.services
    .filter((service) => !areReplicas(stack.runtime, service))
    .flatMap(({ instances }) => instances.map(({ peer }) => Number(peer.host.split('.')[3])));
  const pool = POOLS.find(([first]) => own.every((number) => number < first));
  if (!subnet.endsWith('.0/24') || pool === undefined) return { subnet };
  return { subnet, ip_range: `${prefix}.${pool.join('/')}`, gateway: `${prefix}.1` };
}
