import { StackctlError } from '../../errors.ts';
import { containersOnNetwork, describe, foreignTo } from './containers/foreign.ts';
import { type ListedNetwork, listContainers, listNetworks, listVolumes } from './containers/project-objects.ts';
import { removeContainers, resume } from './containers/remove-containers.ts';
import { removeVolumes } from './data/volumes.ts';
import { compose } from './engine/compose-cli.ts';
import { engineMessage, statusCode } from './engine/guard.ts';
import { removeImages } from './images/build.ts';
import type { ProjectInput } from './start.ts';

/**
 * Ends everything that carries the project's label, and nothing else: first as Compose does it, then what Compose did
 * not find. Works without the rendered file.
 *
 * @returns warnings. A network that a stranger's container is connected to is kept, and the warning names both.
 */
export async function down(
  input: ProjectInput,
  { volumes }: { readonly volumes: boolean },
): Promise<readonly string[]> {
  const { engine, projectId } = input;
  const containers = await listContainers(engine, projectId);
  const networks = await listNetworks(engine, projectId);
  const kept = await keptNetworks(input, networks);
  await resume(engine, containers);
  // Compose removes the networks too, also one that only a stopped stranger is connected to.
  if (containers.length > 0 && kept.length === 0) await composeDown(input);
  await removeContainers(engine, await listContainers(engine, projectId));
  await removeAnonymousVolumes(
    input,
    containers.flatMap(({ Mounts }) => Mounts),
  );
  await removeNetworks(input, new Set(kept.map(({ network }) => network.Id)));
  if (volumes) {
    await removeVolumes(engine, await listVolumes(engine, projectId));
    await removeImages(engine, projectId);
  }
  return kept.map(
    ({ network, containers }) =>
      `the network ${network.Name} is kept: other containers are connected to it: ${containers.join(', ')}. Disconnect or remove them and run \`stackctl down\` again to remove it.`,
  );
}

interface KeptNetwork {
  readonly network: ListedNetwork;
  readonly containers: readonly string[];
}

async function keptNetworks(
  { engine, projectId }: ProjectInput,
  networks: readonly ListedNetwork[],
): Promise<readonly KeptNetwork[]> {
  const all = await Promise.all(
    networks.map(async (network) => ({
      network,
      containers: foreignTo(projectId, await containersOnNetwork(engine, network.Id)).map(describe),
    })),
  );
  return all.filter(({ containers }) => containers.length > 0);
}

/** What it leaves, and all of it when there is no Compose, is removed through the API afterwards. */
async function composeDown({ engine, projectId }: ProjectInput): Promise<void> {
  try {
    await compose(engine, ['-p', projectId, 'down', '--remove-orphans']);
  } catch (error) {
    if (!(error instanceof StackctlError) || error.code !== 'E_COMPOSE_MISSING') throw error;
  }
}

/** An image may declare a volume that the stack does not name. Nobody would ever find it again: it goes with its container. */
async function removeAnonymousVolumes(
  { engine }: ProjectInput,
  mounts: readonly { readonly Type: string; readonly Name?: string | undefined }[],
): Promise<void> {
  const names = mounts.flatMap(({ Type, Name }) =>
    Type === 'volume' && Name && /^[0-9a-f]{64}$/.test(Name) ? [Name] : [],
  );
  await removeVolumes(
    engine,
    names.map((Name) => ({ Name, Labels: null })),
  );
}

async function removeNetworks({ engine, projectId }: ProjectInput, kept: ReadonlySet<string>): Promise<void> {
  const left = (await listNetworks(engine, projectId)).filter(({ Id }) => !kept.has(Id));
  if (left.length === 0) return;
  const docker = await engine.docker();
  for (const { Id, Name } of left) {
    try {
      await docker.getNetwork(Id).remove();
    } catch (error) {
      if (statusCode(error) === 404) continue;
      throw new StackctlError('E_STOP_FAILED', `cannot remove the network ${Name}: ${engineMessage(error)}`, {
        hint: `See who uses it with \`docker network inspect ${Name}\`, and run \`stackctl down\` again.`,
        details: { network: Name },
        cause: error,
      });
    }
  }
}
