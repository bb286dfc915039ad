import { StackctlError } from '../../../errors.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import type { ProjectContainer } from '../containers/project-objects.ts';
import type { Engine } from '../engine/engine.ts';

/** Whether the container is cut off from its project's network. */
export function isDetached({ Labels, NetworkSettings }: ProjectContainer): boolean {
  const network = Labels[LABELS.network];
  return network !== undefined && !(network in NetworkSettings.Networks);
}

/** Cuts the container off from its project's network. */
export async function detach(engine: Engine, container: ProjectContainer): Promise<void> {
  const docker = await engine.docker();
  await docker.getNetwork(networkOf(container)).disconnect({ Container: container.Id });
}

/**
 * Connects the container to its project's network again, with the address and the DNS names that Compose gave it: the Engine
 * adds no names by itself.
 */
export async function attach(engine: Engine, container: ProjectContainer): Promise<void> {
  const docker = await engine.docker();
  const address = container.Labels[LABELS.address];
  const names = [
    container.Labels[LABELS.instance],
    container.Names[0]?.replace(/^\//, ''),
    container.Labels[LABELS.alias],
  ];
  await docker.getNetwork(networkOf(container)).connect({
    Container: container.Id,
    EndpointConfig: {
      ...(address !== undefined && { IPAMConfig: { IPv4Address: address } }),
      Aliases: names.filter((name) => name !== undefined),
    },
  });
}

function networkOf(container: ProjectContainer): string {
  const network = container.Labels[LABELS.network];
  if (network !== undefined) return network;
  throw new StackctlError('E_FAULT_FAILED', `${container.instance} is in no network of its project`, {
    hint: 'Run `stackctl up` to create it again.',
  });
}
