import { StackctlError } from '../../../errors.ts';
import type { Engine } from '../engine/engine.ts';
import { listContainers, newestOfEach, type ProjectContainer } from './project-objects.ts';

/** The container of an instance. @throws E_INSTANCE_NOT_FOUND naming the instances that there are. */
export async function findInstance(engine: Engine, projectId: string, instance: string): Promise<ProjectContainer> {
  const containers = newestOfEach(await listContainers(engine, projectId));
  const found = containers.find((container) => container.instance === instance);
  if (found !== undefined) return found;
  const names = containers.flatMap((container) => container.instance ?? []);
  const there = names.length === 0 ? 'the project has none' : `there are ${names.join(', ')}`;
  throw new StackctlError('E_INSTANCE_NOT_FOUND', `there is no instance ${instance}: ${there}`, {
    hint: names.length === 0 ? 'Run `stackctl up` first.' : '`stackctl status` lists the instances.',
    details: { instance, instances: names },
  });
}
