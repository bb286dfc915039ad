import type { RuntimeName } from '../contract/model.ts';
import { MAX_INSTANCES } from './addresses.ts';

/**
 * In Docker the instances of a program that stands behind another service are replicas of one Compose service: nobody
 * reaches one of them by itself, so none needs an address or a port of its own, and `--scale` of Compose works too. Pure.
 */
export function areReplicas(runtime: RuntimeName, { through }: { readonly through?: string | undefined }): boolean {
  return runtime === 'docker' && through !== undefined;
}

/** First and last of the host's ports that replicas may get: the Engine gives each of them a free one. */
export function replicaPorts(first: number): readonly [first: number, last: number] {
  return [first, first + MAX_INSTANCES - 1];
}
