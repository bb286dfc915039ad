import { LABELS } from '../../../stack/derived/labels.ts';
import type { Engine } from '../engine/engine.ts';
import type { ListedContainer } from '../engine/objects.ts';

/** Every container that is connected to a network, also a stopped one: without the network it could not start again. */
export async function containersOnNetwork(engine: Engine, networkId: string): Promise<readonly ListedContainer[]> {
  return engine.reader.listContainers({ network: [networkId] });
}

/** The containers without this project's label. */
export function foreignTo(projectId: string, containers: readonly ListedContainer[]): readonly ListedContainer[] {
  return containers.filter(({ Labels }) => Labels[LABELS.project] !== projectId);
}

/** e.g. `app-1 (running)` */
export function describe({ Id, Names, State }: ListedContainer): string {
  return `${Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12)} (${State})`;
}
