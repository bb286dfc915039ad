/**
 * How instances become services of a Compose file, so that `docker compose logs backend` and `exec redis …` mean what
 * they say. The renderer and the docker runtime must agree on it. Pure.
 */
import type { Instance, Service, Stack } from './model.ts';
import { areReplicas } from './replicas.ts';

/**
 * The Compose service of an instance: the first one's is called as the service, unless the stack declares several servers.
 * It does not depend on how many there are now: a service that is scaled keeps the container that it has.
 */
export function composeServiceOf(stack: Stack, service: Service, instance: Instance): string {
  if (areReplicas(stack.runtime, service)) return service.name;
  const isAlone = service.kind.runsStackPrograms === true || service.declaredInstances === 1;
  return instance.index === 1 && isAlone ? service.name : instance.name;
}

/** The Compose services of a service of the stack, or of some of its instances. */
export function composeServicesOf(
  stack: Stack,
  service: Service,
  instances: readonly Instance[] = service.instances,
): readonly string[] {
  return [...new Set(instances.map((instance) => composeServiceOf(stack, service, instance)))];
}
