import type { Engine } from '../engine/engine.ts';
import { unlessRefused } from '../engine/guard.ts';
import type { ListedContainer } from './project-objects.ts';

/** Not running, removed by somebody else, its removal under way or not paused any more. */
const OVER = [304, 404, 409];

/** Stops containers through the Engine's API, at the same time. */
export async function stopContainers(engine: Engine, containers: readonly ListedContainer[]): Promise<void> {
  if (containers.length === 0) return;
  await resume(engine, containers);
  const docker = await engine.docker();
  await Promise.all(containers.map(({ Id }) => unlessRefused(docker.getContainer(Id).stop(), OVER)));
}

/** Stops and removes containers, at the same time, with their anonymous volumes. */
export async function removeContainers(engine: Engine, containers: readonly ListedContainer[]): Promise<void> {
  if (containers.length === 0) return;
  await stopContainers(engine, containers);
  const docker = await engine.docker();
  await Promise.all(
    containers.map(({ Id }) => unlessRefused(docker.getContainer(Id).remove({ force: true, v: true }), OVER)),
  );
}

/** A paused process does not see the SIGTERM of a stop. */
export async function resume(engine: Engine, containers: readonly ListedContainer[]): Promise<void> {
  const paused = containers.filter(({ State }) => State === 'paused');
  if (paused.length === 0) return;
  const docker = await engine.docker();
  await Promise.all(paused.map(({ Id }) => unlessRefused(docker.getContainer(Id).unpause(), OVER)));
}
