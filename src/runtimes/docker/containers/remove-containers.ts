import type { EndOptions } from '../../../stack/contract/runtime-options.ts';
import type { Engine } from '../engine/engine.ts';
import { unlessRefused } from '../engine/guard.ts';
import type { ListedContainer } from '../engine/objects.ts';

/** Not running, not there any more, its removal under way or not paused any more. */
const ALREADY = [304, 404, 409];

/** Stops containers through the Engine's API, at the same time: SIGTERM, and SIGKILL after the grace time of each. */
export async function stopContainers(
  engine: Engine,
  containers: readonly ListedContainer[],
  graceMs?: number,
): Promise<void> {
  await Promise.all(containers.map((container) => stopContainer(engine, container, graceMs)));
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

export interface RemoveInWavesOptions extends EndOptions {
  /** Called when all containers have stopped, while some may still be there. */
  readonly whenStopped: () => void;
}

/** As `removeContainers`, each wave stopped before the next one. @throws the signal's reason when it aborts. */
export async function removeInWaves(
  engine: Engine,
  [wave, ...later]: readonly (readonly ListedContainer[])[],
  options: RemoveInWavesOptions,
): Promise<void> {
  if (wave === undefined) return options.whenStopped();
  const stops = wave.map((container) =>
    stopContainer(engine, container, options.graceMs).then(() => options.signal?.throwIfAborted()),
  );
  await Promise.all([
    Promise.all(stops).then(() => removeInWaves(engine, later, options)),
    ...wave.map(async (container, index) => {
      await stops[index];
      await removeStopped(engine, container);
    }),
  ]);
}

async function stopContainer(engine: Engine, { Id, State }: ListedContainer, graceMs?: number): Promise<void> {
  const container = (await engine.docker()).getContainer(Id);
  // A paused process does not see the SIGTERM of a stop.
  if (State === 'paused') await unlessRefused(container.unpause(), ALREADY);
  await unlessRefused(container.stop(graceMs === undefined ? {} : { t: Math.ceil(graceMs / 1000) }), ALREADY);
}

async function removeStopped(engine: Engine, { Id }: ListedContainer): Promise<void> {
  const container = (await engine.docker()).getContainer(Id);
  await unlessRefused(container.remove({ force: true, v: true }), ALREADY);
}
