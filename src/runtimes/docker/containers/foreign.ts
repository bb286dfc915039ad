import type { Engine } from '../engine/engine.ts';
import type { ListedContainer } from '../engine/objects.ts';
import { isOfProject } from './project-objects.ts';

/** Every container that is connected to a network, also a stopped one: without the network it could not start again. */
export async function containersOnNetwork(engine: Engine, networkId: string): Promise<readonly ListedContainer[]> {
  return engine.reader.listContainers({ network: [networkId] });
}

/** The containers that are not this project's. */
export function foreignTo(projectId: string, containers: readonly ListedContainer[]): readonly ListedContainer[] {
  return containers.filter((container) => !isOfProject(projectId, container));
}

/** e.g. `app-1 (running)` */
export function describe({ Id, Names, State }: ListedContainer): string {
  return `${Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12)} (${State})`;
}
