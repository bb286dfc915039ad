import { inDependencyOrder } from '../../../stack/derived/graph.ts';
import { composeServiceOfContainer, dependenciesOfContainer, type ProjectContainer } from './project-objects.ts';

/**
 * The containers of a project in the order in which they are to end: each wave before the next. A service ends after the
 * services that were declared to depend on it, so that a program can still write what it holds.
 */
export function stopWaves<T extends Pick<ProjectContainer, 'Id' | 'Labels'>>(
  containers: readonly T[],
): readonly (readonly T[])[] {
  const needs = new Map(containers.map((container) => [serviceOf(container), dependenciesOfContainer(container)]));
  const depths = new Map<string, number>();
  for (const service of inDependencyOrder(needs)) {
    depths.set(service, Math.max(0, ...(needs.get(service) ?? []).map((need) => (depths.get(need) ?? -1) + 1)));
  }
  const deepest = Math.max(0, ...depths.values());
  const waves = Array.from({ length: deepest + 1 }, (_, index) =>
    containers.filter((container) => depths.get(serviceOf(container)) === deepest - index),
  );
  return waves.filter(({ length }) => length > 0);
}

/** A container without a Compose service depends on nothing, and nothing depends on it. */
function serviceOf(container: Pick<ProjectContainer, 'Id' | 'Labels'>): string {
  return composeServiceOfContainer(container) ?? container.Id;
}
