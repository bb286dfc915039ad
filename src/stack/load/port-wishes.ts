import { MAX_INSTANCES } from '../derived/addresses.ts';
import type { PortWish } from '../ports/ports.ts';
import { declaredPorts } from './declared-ports.ts';
import { countOf, indexes, kindOf, valueMap } from './filled-spec.ts';
import type { StackInput } from './resolution.ts';

/** The ports that the stack wants on the host for these counts of instances. */
export function portWishes(input: StackInput, counts: Readonly<Record<string, number>> = {}): readonly PortWish[] {
  return Object.entries(input.loaded.spec.services).flatMap(([service, spec]) => {
    const ports = declaredPorts(kindOf(spec, input.loaded), spec.ports, valueMap(input.values));
    const count = countOf(service, spec, counts);
    const ofReplica = spec.through !== undefined;
    return indexes(ofReplica ? MAX_INSTANCES : count).flatMap((index) =>
      ports.map(({ name, outside, published }) => ({
        service,
        instance: `${service}-${index}`,
        name,
        wanted: outside + index - 1,
        ...(published === false && { unpublished: true as const }),
        ...(ofReplica && { ofReplica: true as const }),
        ...(index > count && { spare: true as const }),
      })),
    );
  });
}
