import type Dockerode from 'dockerode';
import { LABELS } from '../../../stack/derived/labels.ts';
import type { Engine } from '../engine/engine.ts';

/** A container as `GET /containers/json` lists it. */
export type ListedContainer = Dockerode.ContainerInfo;

/** One of the project, and which instance it is; undefined for what is none. */
export type ProjectContainer = ListedContainer & { readonly instance: string | undefined };

/** Every container of the project, running or not, and whatever else carries its label. */
export async function listContainers(engine: Engine, projectId: string): Promise<readonly ProjectContainer[]> {
  return withInstances(await engine.get(`/containers/json?all=1&filters=${ofProject(projectId)}`));
}

/** Labels that Compose writes, see https://docs.docker.com/reference/compose-file/services/#labels. */
const COMPOSE = {
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
} as const;

/** The Compose service that a container belongs to. */
export function composeServiceOfContainer({ Labels }: Pick<ListedContainer, 'Labels'>): string | undefined {
  return Labels[COMPOSE.service];
}

/**
 * A replica is the instance whose index is its place among the numbers that Compose gave its service: after a container in
 * between was removed Compose goes on counting, and replicas are as good as each other. What `docker compose run` started is none.
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

/** The service whose replica the container is; undefined for an instance with a name of its own, and for no instance. */
export function replicaOf({ Labels }: ListedContainer): string | undefined {
  return LABELS.instance in Labels || !(COMPOSE.number in Labels) ? undefined : Labels[LABELS.service];
}

function numberOf({ Labels }: ListedContainer): number {
  return Number(Labels[COMPOSE.number]);
}

/** The containers of these instances. */
export async function containersOf(
  engine: Engine,
  projectId: string,
  instances: readonly string[],
): Promise<readonly ProjectContainer[]> {
  const all = await listContainers(engine, projectId);
  return all.filter(({ instance }) => instance !== undefined && instances.includes(instance));
}

export interface ListedNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string }[] | null };
}

export async function listNetworks(engine: Engine, projectId?: string): Promise<readonly ListedNetwork[]> {
  return engine.get(projectId === undefined ? '/networks' : `/networks?filters=${ofProject(projectId)}`);
}

export interface ListedVolume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export async function listVolumes(engine: Engine, projectId: string): Promise<readonly ListedVolume[]> {
  const answer = await engine.get<{ Volumes: readonly ListedVolume[] | null }>(
    `/volumes?filters=${ofProject(projectId)}`,
  );
  return answer.Volumes ?? [];
}

function ofProject(projectId: string): string {
  return encodeURIComponent(JSON.stringify({ label: [`${LABELS.project}=${projectId}`] }));
}
