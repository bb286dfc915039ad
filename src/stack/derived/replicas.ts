import type { RuntimeFacts } from '../contract/runtime-facts.ts';
import { MAX_INSTANCES } from './addresses.ts';

/**
 * On a network of its own, the instances of a program that stands behind another service are replicas with one name: no
 * client reaches one of them by itself, so none needs an address or a port of its own. In Docker they are one Compose
 * service, and `--scale` of Compose works too. Pure.
 */
export function areReplicas(
  { addressing }: RuntimeFacts,
  { through }: { readonly through?: string | undefined },
): boolean {
  return addressing === 'network' && through !== undefined;
}

/** First and last of the host's ports that replicas may get: the Engine gives each of them a free one. */
export function replicaPorts(first: number): readonly [first: number, last: number] {
  return [first, first + MAX_INSTANCES - 1];
}
