import { byNumber } from '../../../lib/by-number.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import type { Engine } from '../engine/engine.ts';
import type { ListedContainer, ListedNetwork, ListedVolume } from '../engine/objects.ts';
import type { Filters } from '../engine/reader.ts';

/** A container with the project's label. `instance`: undefined for one that is no instance of a service. */
export type ProjectContainer = ListedContainer & { readonly instance: string | undefined };

/** Every container of the project, running or not. */
export async function listContainers(engine: Engine, projectId: string): Promise<readonly ProjectContainer[]> {
  const labelled = await engine.reader.listContainers(ofProject(projectId));
  return withInstances(labelled.filter((container) => isOfProject(projectId, container)));
}

/** A container that a user runs from an image of the project has the labels of that image, and is not the project's. */
export function isOfProject(projectId: string, { Labels }: Pick<ListedContainer, 'Labels'>): boolean {
  const isMadeFromBuild = (Labels[LABELS.content] ?? '') !== '';
  return Labels[LABELS.project] === projectId && (!isMadeFromBuild || COMPOSE.service in Labels);
}

/** Labels that Compose writes, see https://docs.docker.com/reference/compose-file/services/#labels. */
const COMPOSE = {
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  dependsOn: 'com.docker.compose.depends_on',
} as const;

/** The Compose service that a container belongs to. */
export function composeServiceOfContainer({ Labels }: Pick<ListedContainer, 'Labels'>): string | undefined {
  return Labels[COMPOSE.service];
}

/** The Compose services that a container's service was declared to depend on. Written `redis:service_started:false,…`. */
export function dependenciesOfContainer({ Labels }: Pick<ListedContainer, 'Labels'>): readonly string[] {
  const entries = (Labels[COMPOSE.dependsOn] ?? '').split(',');
  return entries.map((entry) => entry.split(':')[0] ?? '').filter((service) => service !== '');
}

/**
 * Adds to each container which instance it is. Compose numbers the replicas of a service and leaves gaps where one was
 * removed; replicas are interchangeable, so the one with the second lowest number is `<service>-2`. A container of
 * `docker compose run` is no instance.
 */
export function withInstances(containers: readonly ListedContainer[]): readonly ProjectContainer[] {
  const own = containers.filter(({ Labels }) => Labels[COMPOSE.oneOff] !== 'True');
  const numbers = new Map<string, Set<number>>();
  for (const container of own) {
    const service = replicaOf(container);
    if (service !== undefined) numbers.set(service, (numbers.get(service) ?? new Set()).add(numberOf(container)));
  }
  return containers.map((container) => {
    if (!own.includes(container)) return { ...container, instance: undefined };
    const service = replicaOf(container);
    if (service === undefined) return { ...container, instance: container.Labels[LABELS.instance] };
    const sorted = [...(numbers.get(service) ?? [])].sort((a, b) => a - b);
    return { ...container, instance: `${service}-${sorted.indexOf(numberOf(container)) + 1}` };
  });
}

/** The service of which the container is a replica; undefined for an instance with a label of its own, and for no instance. */
export function replicaOf({ Labels }: ListedContainer): string | undefined {
  return LABELS.instance in Labels || !(COMPOSE.number in Labels) ? undefined : Labels[LABELS.service];
}

function numberOf({ Labels }: ListedContainer): number {
  return Number(Labels[COMPOSE.number]);
}

/** The containers of these instances. While Compose replaces a container, an instance has two. */
export async function containersOf(
  engine: Engine,
  projectId: string,
  instances: readonly string[],
): Promise<readonly ProjectContainer[]> {
  const all = await listContainers(engine, projectId);
  return all.filter(({ instance }) => instance !== undefined && instances.includes(instance));
}

/** The container of an instance; undefined where it has none. */
export async function containerOf(
  engine: Engine,
  projectId: string,
  instance: string,
): Promise<ProjectContainer | undefined> {
  return newestOfEach(await containersOf(engine, projectId, [instance]))[0];
}

/** The newest container of each instance, in the order of their names and numbers. */
export function newestOfEach(containers: readonly ProjectContainer[]): readonly ProjectContainer[] {
  const newest = new Map<string, ProjectContainer>();
  for (const container of [...containers].sort((a, b) => a.Created - b.Created)) {
    if (container.instance !== undefined) newest.set(container.instance, container);
  }
  return [...newest.values()].sort((a, b) => byNumber(a.instance ?? '', b.instance ?? ''));
}

/** The networks of the project. */
export function listNetworks(engine: Engine, projectId: string): Promise<readonly ListedNetwork[]> {
  return engine.reader.listNetworks(ofProject(projectId));
}

/** The named volumes of the project. */
export function listVolumes(engine: Engine, projectId: string): Promise<readonly ListedVolume[]> {
  return engine.reader.listVolumes(ofProject(projectId));
}

/** Finds what carries the project's label. */
export function ofProject(projectId: string): Filters {
  return { label: [`${LABELS.project}=${projectId}`] };
}
