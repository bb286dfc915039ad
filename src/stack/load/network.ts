import type { Network } from '../contract/model.ts';
import { valueMap } from './filled-spec.ts';
import { fillReferences } from './references.ts';
import type { StackInput } from './resolution.ts';

export const DEFAULT_SUBNET = '172.30.0.0/24';

export function defaultNetwork(input: StackInput): Network {
  return { name: wantedNetworkName(input), subnet: DEFAULT_SUBNET };
}

/** The network name that the stack wants, before other networks of the machine are considered. */
export function wantedNetworkName({ loaded, values, identity }: StackInput): string {
  return loaded.spec.network === undefined
    ? identity.id
    : String(fillReferences(loaded.spec.network, valueMap(values)));
}
