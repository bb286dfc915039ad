import { LABELS } from '../../../stack/derived/labels.ts';
import type { RenderedService } from '../../../stack/derived/rendered-compose.ts';
import type { ProjectInput } from '../engine/project-input.ts';
import { composeServiceOfContainer, listContainers, type ProjectContainer, withInstances } from './project-objects.ts';
import { removeContainers } from './remove-containers.ts';

/**
 * Removes the containers of Compose services that the rendered file no longer has: they hold the ports and addresses of
 * those that it has now. `services`: the services of the stack that are to be started; others are left alone.
 * @returns the containers that are left.
 */
export async function removeRenamed(
  { engine, projectId }: ProjectInput,
  rendered: readonly RenderedService[],
  services: ReadonlySet<string>,
): Promise<readonly ProjectContainer[]> {
  const names = new Set(rendered.map(({ name }) => name));
  const isRenamed = (container: ProjectContainer): boolean => {
    const name = composeServiceOfContainer(container);
    return services.has(container.Labels[LABELS.service] ?? '') && name !== undefined && !names.has(name);
  };
  const all = await listContainers(engine, projectId);
  await removeContainers(engine, all.filter(isRenamed));
  // A replica's name is its place among those that are there, so the names are given again.
  return withInstances(all.filter((container) => !isRenamed(container)));
}
