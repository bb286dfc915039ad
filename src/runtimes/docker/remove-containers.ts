import type { Engine } from './engine.ts';
import { statusCode } from './guard.ts';
import type { ListedContainer } from './project-objects.ts';

/** Stops containers through the Engine's API, at the same time. */
export async function stopContainers(engine: Engine, containers: readonly ListedContainer[]): Promise<void> {
  if (containers.length === 0) return;
  await resume(engine, containers);
  const docker = await engine.docker();
  await Promise.all(containers.map(({ Id }) => unlessGone(docker.getContainer(Id).stop())));
}

/** Stops and removes containers, at the same time, with their anonymous volumes. */
export async function removeContainers(engine: Engine, containers: readonly ListedContainer[]): Promise<void> {
  if (containers.length === 0) return;
  await stopContainers(engine, containers);
  const docker = await engine.docker();
  await Promise.all(containers.map(({ Id }) => unlessGone(docker.getContainer(Id).remove({ force: true, v: true }))));
}

/** A paused process does not see the SIGTERM of a stop. */
export async function resume(engine: Engine, containers: readonly ListedContainer[]): Promise<void> {
  const paused = containers.filter(({ State }) => State === 'paused');
  if (paused.length === 0) return;
  const docker = await engine.docker();
  await Promise.all(paused.map(({ Id }) => unlessGone(docker.getContainer(Id).unpause())));
}

/** 304: not running. 404: removed by somebody else. 409: its removal is under way, or it is not paused any more. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (![304, 404, 409].includes(statusCode(error) ?? 0)) throw error;
  }
}
