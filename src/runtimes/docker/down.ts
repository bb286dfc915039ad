import { allDone } from '../../lib/all-done.ts';
import type { Emit } from '../../lib/events.ts';
import type { DownOptions } from '../../stack/contract/runtime-options.ts';
import { listContainers, listVolumes, type ProjectContainer } from './containers/project-objects.ts';
import { type RemoveInWavesOptions, removeInWaves } from './containers/remove-containers.ts';
import { stopWaves } from './containers/stop-waves.ts';
import { removeVolumes } from './data/volumes.ts';
import type { Engine } from './engine/engine.ts';
import { orAborted } from './engine/or-aborted.ts';
import type { ProjectInput } from './engine/project-input.ts';
import { removeImages } from './images/remove.ts';
import { type OwnNetwork, ownNetworks, removeNetworks } from './network/own-networks.ts';

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

/**
 * The Engine takes longest to remove a network, and needs for that only that its containers have stopped. So the
 * containers and what they leave behind are removed meanwhile.
 */
async function end(input: ProjectInput, options: DownOptions): Promise<readonly string[]> {
  const { volumes, emit } = options;
  const networks = ownNetworks(input);
  const { stopped, whenStopped, giveUp } = stoppedOnce();
  const removed = removeAllContainers(input, { ...options, whenStopped }).finally(giveUp);
  const [networksKept, , imagesKept] = await allDone([
    networksAfter(stopped, input, networks),
    removed.then((containers) => removeVolumes(input.engine, anonymousVolumes(containers))),
    volumes ? removed.then(() => removeData(input, emit)) : [],
  ]);
  return [...networksKept, ...imagesKept];
}

interface StoppedOnce {
  /** Whether every container that was found first has stopped: false when that failed. */
  readonly stopped: Promise<boolean>;
  readonly whenStopped: () => void;
  readonly giveUp: () => void;
}

function stoppedOnce(): StoppedOnce {
  let settle: (stopped: boolean) => void = () => undefined;
  const stopped = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  return { stopped, whenStopped: () => settle(true), giveUp: () => settle(false) };
}

async function networksAfter(
  stopped: Promise<boolean>,
  input: ProjectInput,
  networks: Promise<readonly OwnNetwork[]>,
): Promise<readonly string[]> {
  const [haveStopped, found] = await allDone([stopped, networks]);
  return haveStopped ? removeNetworks(input, found) : [];
}

/** Named volumes and built images. @returns warnings. */
async function removeData({ engine, projectId }: ProjectInput, emit: Emit | undefined): Promise<readonly string[]> {
  const [, { removed, warnings }] = await allDone([
    removeNamedVolumes(engine, projectId),
    removeImages(engine, projectId),
  ]);
  if (removed.length > 0)
    emit?.({ type: 'note', text: `the images that were built for it are removed: ${removed.join(', ')}` });
  return warnings;
}

async function removeNamedVolumes(engine: Engine, projectId: string): Promise<void> {
  const volumes = await listVolumes(engine, projectId);
  await removeVolumes(
    engine,
    volumes.map(({ Name }) => Name),
  );
}

/** A container that cannot be removed must not keep the command for ever; the network then says who uses it. */
const MOST_ROUNDS = 20;

/**
 * Until there are no more: a Compose that outlived its stackctl may still be creating some.
 * `options.whenStopped` is called when the containers that were found first have stopped, and again for later ones.
 * @returns the containers that were removed.
 */
async function removeAllContainers(
  { engine, projectId }: ProjectInput,
  options: RemoveInWavesOptions,
): Promise<readonly ProjectContainer[]> {
  const removed: ProjectContainer[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    // dockerode is loaded while the Engine answers.
    const [listed] = await Promise.all([listContainers(engine, projectId), engine.docker()]);
    if (listed.length === 0) break;
    await removeInWaves(engine, stopWaves(listed), options);
    removed.push(...listed);
  }
  options.whenStopped();
  return removed;
}

/** Volumes that an image declares and the stack does not name. Without their container nothing would find them again. */
function anonymousVolumes(containers: readonly ProjectContainer[]): readonly string[] {
  return containers.flatMap(({ Mounts }) =>
    Mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name && /^[0-9a-f]{64}$/.test(Name) ? [Name] : [])),
  );
}
