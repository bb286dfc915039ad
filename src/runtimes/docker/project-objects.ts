import type Dockerode from 'dockerode';
import { LABELS } from '../../stack/labels.ts';
import type { Engine } from './engine.ts';

/** A container as `GET /containers/json` lists it. */
export type ListedContainer = Dockerode.ContainerInfo;

/** Every container of the project, running or not, and whatever else carries its label. */
export async function listContainers(engine: Engine, projectId: string): Promise<readonly ListedContainer[]> {
  return engine.get(`/containers/json?all=1&filters=${ofProject(projectId)}`);
}

/** The containers of these instances. */
export async function containersOf(
  engine: Engine,
  projectId: string,
  instances: readonly string[],
): Promise<readonly ListedContainer[]> {
  const all = await listContainers(engine, projectId);
  return all.filter((container) => instances.includes(instanceOf(container) ?? ''));
}

/** Undefined for what is no instance. */
export function instanceOf({ Labels }: ListedContainer): string | undefined {
  return Labels[LABELS.instance];
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
