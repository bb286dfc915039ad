import { join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { instancesOf, type Stack } from '../../stack/contract/model.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';
import type { StartOptions } from '../../stack/contract/runtime.ts';
import { LABELS } from '../../stack/derived/labels.ts';
import type { RenderedService } from '../../stack/derived/rendered-compose.ts';
import { type RenderedHashes, readRenderedHashes } from '../../stack/derived/rendered-hashes.ts';
import { newestOfEach } from './containers/observe.ts';
import {
  composeServiceOfContainer,
  listContainers,
  type ProjectContainer,
  withInstances,
} from './containers/project-objects.ts';
import { removeContainers } from './containers/remove-containers.ts';
import { compose } from './engine/compose-cli.ts';
import type { Engine } from './engine/engine.ts';
import { engineMessage, isConnectionLost, unlessRefused } from './engine/guard.ts';
import { inspectImage } from './images/images.ts';
import { attach, isDetached } from './network/network-attachment.ts';
import { removeOutdatedNetwork } from './network/outdated-network.ts';
import { readRenderedServices } from './rendered-services.ts';

export interface ProjectInput {
  readonly engine: Engine;
  readonly projectId: string;
  readonly paths: ProjectPaths;
}

/**
 * Starts these instances and touches no other: a container that is as the rendered file wants it is started through the
 * Engine, the others are made by `docker compose up -d`. Its `--wait` is never used, because it answers after whole
 * healthcheck intervals and stackctl's probes after 100 ms; `--no-deps` neither, because Compose then hashes services
 * differently and a later `up` by hand would make their containers anew.
 * @throws E_START_FAILED with what Compose or the Engine said; E_STATE_UNREADABLE.
 */
export async function start(
  input: ProjectInput,
  stack: Stack,
  instances: readonly string[],
  { signal }: StartOptions,
): Promise<void> {
  if (instances.length === 0) return;
  const file = join(input.paths.rendered, 'compose.yaml');
  const rendered = await readRenderedServices(file);
  const wanted = placesIn(rendered, stack, instances);
  const hashes = (await readRenderedHashes(input.paths)) ?? new Map();
  await removeOutdatedNetwork(input, stack);
  const left = await removeRenamed(input, rendered, new Set(wanted.map(({ service }) => service)));
  const there = newestOfEach(left);
  const [good, others] = await partition(input.engine, wanted, there, hashes);
  await startContainers(input.engine, good, instances);
  const touched = new Set(others.map(({ entry }) => entry.name));
  await endFaults(
    input.engine,
    there.filter((container) => touched.has(composeServiceOfContainer(container) ?? '')),
  );
  const stale = new Set(others.flatMap(({ entry, container }) => (container === undefined ? [] : [entry.name])));
  const missing = [...touched].filter((name) => !stale.has(name));
  const make = async (services: readonly string[], ...options: readonly string[]): Promise<void> => {
    if (services.length === 0) return;
    const up = ['-f', file, '-p', input.projectId, 'up', '--detach', '--no-build', '--quiet-pull'];
    const { failed, lines } = await compose(input.engine, [...up, ...options, ...services], signal);
    if (failed) throw startFailed(instances, lines);
  };
  await make([...stale]);
  await make(missing, '--no-recreate');
}

/** An instance and its service in the rendered file. */
interface Place {
  readonly name: string;
  readonly service: string;
  readonly entry: RenderedService;
}

/** Before anything is stopped or removed. @throws E_START_FAILED for an instance that the file does not have. */
function placesIn(rendered: readonly RenderedService[], stack: Stack, instances: readonly string[]): readonly Place[] {
  const places = instancesOf(stack)
    .filter(({ name }) => instances.includes(name))
    .map(({ name, service }) => ({
      name,
      service,
      entry:
        rendered.find(({ instance }) => instance === name) ??
        rendered.find((entry) => entry.instance === undefined && entry.service === service),
    }));
  const absent = places.filter(({ entry }) => entry === undefined).map(({ name }) => name);
  if (absent.length > 0) throw notRendered(absent);
  return places.flatMap(({ entry, ...place }) => (entry === undefined ? [] : [{ ...place, entry }]));
}

interface Candidate extends Place {
  readonly container: ProjectContainer | undefined;
}

/** Those whose container is as the file wants it, and those that Compose has to make, anew or at all. */
async function partition(
  engine: Engine,
  places: readonly Place[],
  there: readonly ProjectContainer[],
  hashes: RenderedHashes,
): Promise<readonly [good: readonly ProjectContainer[], others: readonly Candidate[]]> {
  const candidates = places.map(
    (place): Candidate => ({ ...place, container: there.find(({ instance }) => instance === place.name) }),
  );
  const isGood = await Promise.all(candidates.map((candidate) => isAsRendered(engine, candidate, hashes)));
  const good = candidates.flatMap(({ container }, index) => (isGood[index] && container ? [container] : []));
  return [good, candidates.filter((_, index) => !isGood[index])];
}

async function isAsRendered(
  engine: Engine,
  { container, entry, name }: Candidate,
  hashes: RenderedHashes,
): Promise<boolean> {
  if (container === undefined || composeServiceOfContainer(container) !== entry.name) return false;
  if (container.Labels[LABELS.configHash] !== hashes.get(name)) return false;
  const image = entry.image === undefined ? undefined : await inspectImage(engine, entry.image);
  return image === undefined || image.Id === container.ImageID;
}

async function startContainers(
  engine: Engine,
  containers: readonly ProjectContainer[],
  instances: readonly string[],
): Promise<void> {
  await endFaults(engine, containers);
  const docker = await engine.docker();
  try {
    await Promise.all(
      containers
        .filter(({ State }) => State !== 'running' && State !== 'paused')
        .map(({ Id }) => unlessRefused(docker.getContainer(Id).start(), [304])),
    );
  } catch (error) {
    if (isConnectionLost(error)) throw error;
    throw startFailed(instances, [engineMessage(error)]);
  }
}

/**
 * Containers of Compose services that the file no longer has hold the ports and addresses of those that it has now.
 * @returns the containers that are left.
 */
async function removeRenamed(
  { engine, projectId }: ProjectInput,
  rendered: readonly RenderedService[],
  services: ReadonlySet<string>,
): Promise<readonly ProjectContainer[]> {
  const names = new Set(rendered.map(({ name }) => name));
  const isRenamed = (container: ProjectContainer): boolean => {
    const name = composeServiceOfContainer(container);
    return services.has(container.Labels[LABELS.service] ?? '') && name !== undefined && !names.has(name);
  };
  const all = await listContainers(engine, projectId);
  await removeContainers(engine, all.filter(isRenamed));
  // Counted anew: replicas that are gone take no number.
  return withInstances(all.filter((container) => !isRenamed(container)));
}

/** Neither the Engine nor Compose starts a paused container, and both start one that was cut off without its network. */
async function endFaults(engine: Engine, containers: readonly ProjectContainer[]): Promise<void> {
  for (const container of containers) {
    if (container.State === 'paused') await (await engine.docker()).getContainer(container.Id).unpause();
    if (isDetached(container)) await attach(engine, container);
  }
}

function notRendered(instances: readonly string[]): StackctlError {
  return new StackctlError('E_START_FAILED', `the rendered compose.yaml does not have ${instances.join(', ')}`, {
    hint: 'It was rendered for other numbers of instances, or by another version: `stackctl up` renders it again.',
    details: { instances },
  });
}

function startFailed(instances: readonly string[], lines: readonly string[]): StackctlError {
  return new StackctlError(
    'E_START_FAILED',
    `could not start ${instances.join(', ')}: ${lines.at(-1) ?? 'it gave no reason'}`,
    {
      hint: 'See what is there with `stackctl status` and `stackctl logs`; `stackctl doctor` checks the Engine, ports and disk. Then run `stackctl up` again.',
      details: { instances, compose: lines },
    },
  );
}
