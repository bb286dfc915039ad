import { join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import type { Stack } from '../../stack/contract/model.ts';
import type { StartOptions } from '../../stack/contract/runtime-options.ts';
import { readRenderedHashes } from '../../stack/derived/rendered-hashes.ts';
import { composeServiceOfContainer, newestOfEach, type ProjectContainer } from './containers/project-objects.ts';
import { removeRenamed } from './containers/remove-renamed.ts';
import { compose } from './engine/compose-cli.ts';
import type { Engine } from './engine/engine.ts';
import { engineMessage, isConnectionLost, unlessRefused } from './engine/guard.ts';
import type { ProjectInput } from './engine/project-input.ts';
import { placesIn, splitByFreshness } from './freshness.ts';
import { attach, isDetached } from './network/network-attachment.ts';
import { removeOutdatedNetwork } from './network/outdated-network.ts';
import { portTaken } from './port-taken.ts';
import { readRenderedServices } from './rendered-services.ts';

/**
 * Starts these instances and touches no other: a container that is as the rendered file wants it is started through the
 * Engine, the others are made by `docker compose up -d`.
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
  // Before anything is stopped or removed.
  const places = placesIn(rendered, stack, instances);
  const hashes = (await readRenderedHashes(input.paths)) ?? new Map();
  await removeOutdatedNetwork(input, stack);
  const left = await removeRenamed(input, rendered, new Set(places.map(({ service }) => service)));
  const containers = newestOfEach(left);
  const { fresh, stale, missing } = await splitByFreshness(input.engine, places, containers, hashes);
  const ofCompose = containers.filter((container) => {
    const service = composeServiceOfContainer(container) ?? '';
    return stale.has(service) || missing.has(service);
  });
  try {
    await startContainers(input.engine, fresh);
    await endFaults(input.engine, ofCompose);
  } catch (error) {
    if (error instanceof StackctlError || isConnectionLost(error)) throw error;
    throw await startFailed(stack, instances, [engineMessage(error)]);
  }
  const make = { input, stack, file, instances, signal };
  await composeUp(make, stale);
  await composeUp(make, missing, '--no-recreate');
}

interface ComposeUp {
  readonly input: ProjectInput;
  readonly stack: Stack;
  /** Path of the rendered compose.yaml. */
  readonly file: string;
  /** For the message of a failure. */
  readonly instances: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * `--wait` is not used: it answers after whole healthcheck intervals, and stackctl's probes after 100 ms. `--no-deps`
 * neither: with it Compose hashes services differently, and a later `up` by hand would replace their containers.
 */
async function composeUp(
  { input, stack, file, instances, signal }: ComposeUp,
  services: ReadonlySet<string>,
  ...options: readonly string[]
): Promise<void> {
  if (services.size === 0) return;
  const up = ['-f', file, '-p', input.projectId, 'up', '--detach', '--no-build', '--quiet-pull'];
  const { failed, lines } = await compose(input.engine, [...up, ...options, ...services], signal);
  if (failed) throw await startFailed(stack, instances, lines);
}

async function startContainers(engine: Engine, containers: readonly ProjectContainer[]): Promise<void> {
  await endFaults(engine, containers);
  const stopped = containers.filter(({ State }) => State !== 'running' && State !== 'paused');
  if (stopped.length === 0) return;
  const docker = await engine.docker();
  await Promise.all(stopped.map(({ Id }) => unlessRefused(docker.getContainer(Id).start(), [304])));
}

/** Neither the Engine nor Compose starts a paused container, and both start one that was cut off without its network. */
async function endFaults(engine: Engine, containers: readonly ProjectContainer[]): Promise<void> {
  for (const container of containers) {
    if (container.State === 'paused') await (await engine.docker()).getContainer(container.Id).unpause();
    if (isDetached(container)) await attach(engine, container);
  }
}

async function startFailed(stack: Stack, instances: readonly string[], lines: readonly string[]): Promise<Error> {
  const said = lines.at(-1) ?? 'it gave no reason';
  const taken = await portTaken(stack, said);
  if (taken !== undefined) return taken;
  return new StackctlError('E_START_FAILED', `could not start ${instances.join(', ')}: ${said}`, {
    hint: 'See what is there with `stackctl status` and `stackctl logs`; `stackctl doctor` checks the Engine, ports and disk. Then run `stackctl up` again.',
    details: { instances, compose: lines },
  });
}
