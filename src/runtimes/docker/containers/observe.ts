import type { InstanceState, ObservedExit, ObservedInstance } from '../../../stack/contract/runtime.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import type { Engine } from '../engine/engine.ts';
import { unlessRefused } from '../engine/guard.ts';
import { instant } from '../engine/instants.ts';
import type { InspectedContainer, ListedContainer } from '../engine/objects.ts';
import { lastExit } from './last-exit.ts';
import { listContainers, newestOfEach, type ProjectContainer, replicaOf } from './project-objects.ts';

/** Every instance of the project that has a container: one list, then all containers at the same time. */
export async function observe(engine: Engine, projectId: string): Promise<readonly ObservedInstance[]> {
  const listed = newestOfEach(await listContainers(engine, projectId));
  const seen = await Promise.all(
    listed.map(async (container) => {
      // A container may be removed after it was listed.
      const inspected = await unlessRefused(engine.reader.inspectContainer(container.Id), [404]);
      return inspected && observed(container, inspected, await lastExit(engine, inspected));
    }),
  );
  return seen.filter((instance) => instance !== undefined);
}

/** One instance, put together from both answers about its container. */
export function observed(
  listed: ProjectContainer,
  { Id, State, RestartCount }: InspectedContainer,
  exit: ObservedExit | undefined,
): ObservedInstance {
  const network = listed.Labels[LABELS.network];
  return {
    name: listed.instance ?? '',
    state: instanceState(State),
    pid: State.Pid > 0 ? State.Pid : undefined,
    containerId: Id,
    startedAt: instant(State.StartedAt),
    configHash: listed.Labels[LABELS.configHash],
    restarts: RestartCount,
    lastExit: exit,
    partitioned: network !== undefined && !isIn(listed, network),
    ...(network !== undefined && State.Running && isIn(listed, network) && { network }),
    image: listed.Image,
    hostPorts: listed.Ports.flatMap(({ PublicPort }) => PublicPort ?? []),
    ...(replicaOf(listed) !== undefined && { reached: reached(listed) }),
  };
}

function isIn({ NetworkSettings }: ListedContainer, network: string): boolean {
  return network in NetworkSettings.Networks;
}

function reached({ Labels, NetworkSettings, Ports }: ListedContainer): NonNullable<ObservedInstance['reached']> {
  const address = NetworkSettings.Networks[Labels[LABELS.network] ?? '']?.IPAddress;
  const published = Ports.flatMap(({ PrivatePort, PublicPort }) =>
    PublicPort === undefined ? [] : [[PrivatePort, PublicPort] as const],
  );
  return { host: address === '' ? undefined : address, ports: Object.fromEntries(published) };
}

function instanceState(state: InspectedContainer['State']): InstanceState {
  if (state.Paused) return 'paused';
  if (state.Restarting) return 'restarting';
  return state.Running ? 'running' : 'stopped';
}
