import type { Engine } from '../engine/engine.ts';
import { unlessRefused } from '../engine/guard.ts';
import type { ListedContainer } from '../engine/objects.ts';

/** Not running, not there any more, its removal under way or not paused any more. */
const ALREADY = [304, 404, 409];

/** Stops containers through the Engine's API, at the same time: SIGTERM, and SIGKILL after the grace time of each. */
export async function stopContainers(engine: Engine, containers: readonly ListedContainer[]): Promise<void> {
  await Promise.all(containers.map((container) => stopContainer(engine, container)));
}

/** Stops and removes containers, at the same time, with their anonymous volumes. */
export async function removeContainers(engine: Engine, containers: readonly ListedContainer[]): Promise<void> {
  await Promise.all(
    containers.map(async (container) => {
      await stopContainer(engine, container);
      await removeStopped(engine, container);
    }),
  );
}

/** As `removeContainers`, each wave stopped before the next one. */
export async function removeInWaves(engine: Engine, waves: readonly (readonly ListedContainer[])[]): Promise<void> {
  const removals: Promise<void>[] = [];
  for (const wave of waves) {
    await Promise.all(
      wave.map(async (container) => {
        await stopContainer(engine, container);
        removals.push(removeStopped(engine, container));
      }),
    );
  }
  await Promise.all(removals);
}

async function stopContainer(engine: Engine, { Id, State }: ListedContainer): Promise<void> {
  const container = (await engine.docker()).getContainer(Id);
  // A paused process does not see the SIGTERM of a stop.
  if (State === 'paused') await unlessRefused(container.unpause(), ALREADY);
  await unlessRefused(container.stop(), ALREADY);
}

async function removeStopped(engine: Engine, { Id }: ListedContainer): Promise<void> {
  const container = (await engine.docker()).getContainer(Id);
  await unlessRefused(container.remove({ force: true, v: true }), ALREADY);
}
