import { StackctlError } from '../../../errors.ts';
import { allDone } from '../../../lib/all-done.ts';
import { containersOnNetwork, describe, foreignTo } from '../containers/foreign.ts';
import { listNetworks } from '../containers/project-objects.ts';
import { engineMessage, statusCode } from '../engine/guard.ts';
import type { ListedNetwork } from '../engine/objects.ts';
import { onceReleased } from '../engine/once-released.ts';
import type { ProjectInput } from '../engine/project-input.ts';

export interface OwnNetwork {
  readonly network: ListedNetwork;
  /** Containers of others on it, for people. */
  readonly strangers: readonly string[];
}

/** The networks of the project, and who else is connected to each. */
export async function ownNetworks({ engine, projectId }: ProjectInput): Promise<readonly OwnNetwork[]> {
  const networks = await listNetworks(engine, projectId);
  return Promise.all(
    networks.map(async (network) => ({
      network,
      strangers: foreignTo(projectId, await containersOnNetwork(engine, network.Id)).map(describe),
    })),
  );
}

/**
 * Removes the networks that only the project's own containers use. These must have stopped.
 * @returns a warning for each one that is kept.
 * @throws E_STOP_FAILED for one that cannot be removed.
 */
export async function removeNetworks(input: ProjectInput, networks: readonly OwnNetwork[]): Promise<readonly string[]> {
  await allDone(
    networks.filter(({ strangers }) => strangers.length === 0).map(({ network }) => removeNetwork(input, network)),
  );
  return networks
    .filter(({ strangers }) => strangers.length > 0)
    .map(
      ({ network, strangers }) =>
        `the network ${network.Name} is kept: other containers are connected to it: ${strangers.join(', ')}. Disconnect or remove them and run \`stackctl down\` again to remove it.`,
    );
}

async function removeNetwork({ engine }: ProjectInput, { Id, Name }: ListedNetwork): Promise<void> {
  try {
    const network = (await engine.docker()).getNetwork(Id);
    await onceReleased(() => network.remove());
  } catch (error) {
    if (statusCode(error) === 404) return;
    throw new StackctlError('E_STOP_FAILED', `cannot remove the network ${Name}: ${engineMessage(error)}`, {
      hint: `See who uses it with \`docker network inspect ${Name}\`, and run \`stackctl down\` again.`,
      details: { network: Name },
      cause: error,
    });
  }
}
