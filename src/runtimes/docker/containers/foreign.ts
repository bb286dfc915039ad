import { LABELS } from '../../../stack/derived/labels.ts';
import type { Engine } from '../engine/engine.ts';
import type { ListedContainer } from './project-objects.ts';

/** Every container that is connected to a network, also a stopped one: it could not start again without it. */
export async function containersOnNetwork(engine: Engine, networkId: string): Promise<readonly ListedContainer[]> {
  const filters = encodeURIComponent(JSON.stringify({ network: [networkId] }));
  return engine.get(`/containers/json?all=1&filters=${filters}`);
}

/** Those that this project did not start. */
export function foreignTo(projectId: string, containers: readonly ListedContainer[]): readonly ListedContainer[] {
  return containers.filter(({ Labels }) => Labels[LABELS.project] !== projectId);
}

/** e.g. `app-1 (running)` */
export function describe({ Id, Names, State }: ListedContainer): string {
  return `${Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12)} (${State})`;
}
