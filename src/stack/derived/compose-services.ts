/**
 * How instances become services of a Compose file, so that `docker compose logs backend` and `exec redis …` mean what
 * they say. The renderer and the docker runtime must agree on it. Pure.
 */

import type { Instance, Service, Stack } from '../contract/model.ts';
import { answersToName } from './environment.ts';
import { areReplicas } from './replicas.ts';

/**
 * The Compose service of an instance: the first one's is called as the service, unless the stack declares several servers.
 * It does not depend on the present number of instances: a service that is scaled keeps its first container.
 */
export function composeServiceOf(stack: Stack, service: Service, instance: Instance): string {
  if (areReplicas(stack.runtime, service)) return service.name;
  return instance.index === 1 && answersToName(service) ? service.name : instance.name;
}

/** The Compose services of those instances that the stack declares, whatever it was scaled to. */
export function declaredComposeServices(stack: Stack, service: Service): readonly string[] {
  const declared = service.instances.slice(0, service.declaredInstances);
  return [...new Set(declared.map((instance) => composeServiceOf(stack, service, instance)))];
}
