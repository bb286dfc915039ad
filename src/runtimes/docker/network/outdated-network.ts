import { StackctlError } from '../../../errors.ts';
import type { Stack } from '../../../stack/contract/model.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import { containersOnNetwork, describe, foreignTo } from '../containers/foreign.ts';
import { listContainers, listNetworks } from '../containers/project-objects.ts';
import { removeContainers } from '../containers/remove-containers.ts';
import type { Engine } from '../engine/engine.ts';
import type { ListedNetwork } from '../engine/objects.ts';
import type { ProjectInput } from '../engine/project-input.ts';

/**
 * Removes the project's network where the stack now asks for another subnet, and the containers of a network that does not
 * exist any more, because they cannot be started. Data stays. A network of others is left as it is.
 * @throws E_START_FAILED when a container of another project uses the network, or that of others is not there.
 */
export async function removeOutdatedNetwork({ engine, projectId }: ProjectInput, stack: Stack): Promise<void> {
  const wanted = stack.network;
  if (wanted === undefined) return;
  const isExternal = wanted.external === true;
  const networks = isExternal ? await external(engine, wanted.name) : await listNetworks(engine, projectId);
  const outdated = networks.filter(
    (network) => !isExternal && network.Name === wanted.name && subnetOf(network) !== wanted.subnet,
  );
  const attached = (await Promise.all(outdated.map(({ Id }) => containersOnNetwork(engine, Id)))).flat();
  const foreign = foreignTo(projectId, attached);
  if (foreign.length > 0) throw inUse(wanted.name, wanted.subnet, foreign.map(describe));

  const there = new Set(networks.filter((network) => !outdated.includes(network)).map(({ Id }) => Id));
  const stranded = (await listContainers(engine, projectId)).filter(({ Labels, NetworkSettings }) => {
    const network = NetworkSettings.Networks[Labels[LABELS.network] ?? ''];
    return network !== undefined && !there.has(network.NetworkID);
  });
  await removeContainers(engine, stranded);
  if (outdated.length === 0) return;
  const docker = await engine.docker();
  for (const { Id } of outdated) await docker.getNetwork(Id).remove();
}

/** The network of others, in a list. @throws E_START_FAILED where it is not there. */
async function external(engine: Engine, name: string): Promise<readonly ListedNetwork[]> {
  // The filter takes a part of a name too.
  const found = (await engine.reader.listNetworks({ name: [name] })).filter(({ Name }) => Name === name);
  if (found.length > 0) return found;
  throw new StackctlError('E_START_FAILED', `the network ${name}, on which the stack was started, is not there`, {
    hint: 'Compose makes it, and starts the stack with it: docker compose up, in the folder of compose.yaml.',
    details: { network: name },
  });
}

function subnetOf({ IPAM }: ListedNetwork): string | undefined {
  return IPAM.Config?.[0]?.Subnet;
}

function inUse(network: string, subnet: string, foreign: readonly string[]): StackctlError {
  return new StackctlError(
    'E_START_FAILED',
    `the network ${network} has to change to ${subnet}, but other containers use it: ${foreign.join(', ')}`,
    { hint: 'Stop those containers and run `stackctl up` again.', details: { network, subnet, containers: foreign } },
  );
}
