import { StackctlError } from '../../errors.ts';
import type { Emit } from '../../lib/events.ts';
import type { DownOptions } from '../../stack/contract/runtime.ts';
import { containersOnNetwork, describe, foreignTo } from './containers/foreign.ts';
import { listContainers, listNetworks, listVolumes, type ProjectContainer } from './containers/project-objects.ts';
import { removeInWaves } from './containers/remove-containers.ts';
import { stopWaves } from './containers/stop-waves.ts';
import { removeVolumes } from './data/volumes.ts';
import { engineMessage, statusCode } from './engine/guard.ts';
import type { ListedNetwork } from './engine/objects.ts';
import { onceReleased } from './engine/once-released.ts';
import { orAborted } from './engine/or-aborted.ts';
import type { ProjectInput } from './engine/project-input.ts';
import { removeImages } from './images/remove.ts';

/**
 * Ends everything that carries the project's label, and nothing else, through the Engine's API: what `docker compose down`
 * does, without starting Compose and without the rendered file.
 *
 * @returns warnings. A network to which a container of another project is connected is kept, and the warning names both.
 * @throws E_STOP_FAILED for what cannot be removed; the signal's reason when it aborts.
 */
export async function down(input: ProjectInput, options: DownOptions): Promise<readonly string[]> {
  return orAborted(end(input, options), options.signal);
}

async function end(input: ProjectInput, options: DownOptions): Promise<readonly string[]> {
  const { engine } = input;
  const { volumes, emit } = options;
  const [containers, networks] = await Promise.all([removeAllContainers(input, options), ownNetworks(input)]);
  const kept = networks.filter(({ strangers }) => strangers.length > 0);
  const images: string[] = [];
  await allOf([
    removeVolumes(engine, anonymousVolumes(containers)),
    ...networks.filter(({ strangers }) => strangers.length === 0).map(({ network }) => removeNetwork(input, network)),
    ...(volumes
      ? [removeNamedVolumes(input), removeBuiltImages(input, emit).then((kept) => void images.push(...kept))]
      : []),
  ]);
  const networksKept = kept.map(
    ({ network, strangers }) =>
      `the network ${network.Name} is kept: other containers are connected to it: ${strangers.join(', ')}. Disconnect or remove them and run \`stackctl down\` again to remove it.`,
  );
  return [...networksKept, ...images];
}

/** @returns warnings. */
async function removeBuiltImages(
  { engine, projectId }: ProjectInput,
  emit: Emit | undefined,
): Promise<readonly string[]> {
  const { removed, warnings } = await removeImages(engine, projectId);
  if (removed.length > 0)
    emit?.({ type: 'note', text: `the images that were built for it are removed: ${removed.join(', ')}` });
  return warnings;
}

/** A container that cannot be removed must not keep the command for ever; the network then says who uses it. */
const MOST_ROUNDS = 20;

/**
 * Until there are no more: a Compose that outlived its stackctl may still be creating some.
 * @returns the containers that were removed.
 */
async function removeAllContainers(
  { engine, projectId }: ProjectInput,
  options: DownOptions,
): Promise<readonly ProjectContainer[]> {
  const removed: ProjectContainer[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    // dockerode is loaded while the Engine answers.
    const [listed] = await Promise.all([listContainers(engine, projectId), engine.docker()]);
    if (listed.length === 0) break;
    await removeInWaves(engine, stopWaves(listed), options);
    removed.push(...listed);
  }
  return removed;
}

interface OwnNetwork {
  readonly network: ListedNetwork;
  /** Containers of others on it, for people. */
  readonly strangers: readonly string[];
}

async function ownNetworks({ engine, projectId }: ProjectInput): Promise<readonly OwnNetwork[]> {
  const networks = await listNetworks(engine, projectId);
  return Promise.all(
    networks.map(async (network) => ({
      network,
      strangers: foreignTo(projectId, await containersOnNetwork(engine, network.Id)).map(describe),
    })),
  );
}

/** Volumes that an image declares and the stack does not name. Without their container nothing would find them again. */
function anonymousVolumes(containers: readonly ProjectContainer[]): readonly string[] {
  return containers.flatMap(({ Mounts }) =>
    Mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name && /^[0-9a-f]{64}$/.test(Name) ? [Name] : [])),
  );
}

async function removeNamedVolumes({ engine, projectId }: ProjectInput): Promise<void> {
  const volumes = await listVolumes(engine, projectId);
  await removeVolumes(
    engine,
    volumes.map(({ Name }) => Name),
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

/** Waits for all of it also when one fails, so that nothing goes on after the error. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
