import { StackctlError } from '../errors.ts';
import type { ArbiterCapability } from '../stack/contract/arbiter.ts';
import type { FailoverCapability } from '../stack/contract/failover.ts';
import type { Instance, Service, Stack } from '../stack/contract/model.ts';

/** The service of a stack that moves a primary, with what it offers for that. */
export interface Director {
  readonly service: Service;
  readonly arbiter: ArbiterCapability;
  readonly failover: FailoverCapability;
}

/** Undefined when the stack has none. */
function findDirector(stack: Stack): Director | undefined {
  for (const service of stack.services) {
    const { arbiter, failover } = service.kind;
    if (arbiter !== undefined && failover !== undefined) return { service, arbiter, failover };
  }
  return undefined;
}

/** @throws E_USAGE when the stack has none. */
export function directorOf(stack: Stack): Director {
  const found = findDirector(stack);
  if (found !== undefined) return found;
  throw new StackctlError('E_USAGE', `nothing in the stack ${stack.name} fails over`, {
    hint: 'It takes a service that directs a failover, e.g. that of the stack redis-sentinel. See: stackctl templates',
  });
}

/** The one that moves the primary among these instances; undefined when there is none. */
export function directorOver(stack: Stack, instances: readonly Instance[]): Director | undefined {
  const director = findDirector(stack);
  return instances.some(({ service }) => service === director?.service.monitors) ? director : undefined;
}
