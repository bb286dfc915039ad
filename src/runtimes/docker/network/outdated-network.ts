import { StackctlError } from '../../../errors.ts';
import type { Stack } from '../../../stack/contract/model.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import { containersOnNetwork, describe, foreignTo } from '../containers/foreign.ts';
import { listContainers, listNetworks } from '../containers/project-objects.ts';
import { removeContainers } from '../containers/remove-containers.ts';
import type { ListedNetwork } from '../engine/objects.ts';
import type { ProjectInput } from '../engine/project-input.ts';

/**
 * Removes the project's network where the stack now asks for another subnet, and the containers of a network that does not
 * exist any more, because they cannot be started. Data stays.
 * @throws E_START_FAILED when a container of another project uses the network.
 */
export async function removeOutdatedNetwork({ engine, projectId }: ProjectInput, stack: Stack): Promise<void> {
  const wanted = stack.network;
  if (wanted === undefined) return;
  const networks = wanted.external
    ? await engine.reader.listNetworks({ name: [wanted.name] })
    : await listNetworks(engine, projectId);
  const isOutdated = (network: ListedNetwork): boolean =>
    wanted.external !== true && network.Name === wanted.name && subnetOf(network) !== wanted.subnet;
  const outdated = networks.filter(isOutdated);
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
