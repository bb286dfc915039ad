import { StackctlError } from '../../errors.ts';
import { isTimeout } from '../../lib/poll.ts';
import type { EndOptions } from '../../stack/contract/runtime-options.ts';
import { containersOf } from './containers/project-objects.ts';
import { removeContainers, stopContainers } from './containers/remove-containers.ts';
import { engineMessage, isConnectionLost } from './engine/guard.ts';
import { orAborted } from './engine/or-aborted.ts';
import type { ProjectInput } from './engine/project-input.ts';

// Not with Compose: it ends all replicas of a service or none.

/** SIGTERM, after the container's grace time SIGKILL. @throws E_STOP_FAILED; the signal's reason when it aborts. */
export async function stop(input: ProjectInput, instances: readonly string[], options?: EndOptions): Promise<void> {
  const containers = await containersOf(input.engine, input.projectId, instances);
  await orExplain(instances, stopContainers(input.engine, containers, options?.graceMs), options);
}

/** Also removes the containers and their anonymous volumes. Named volumes stay. @throws as `stop` does. */
export async function remove(input: ProjectInput, instances: readonly string[], options?: EndOptions): Promise<void> {
  const containers = await containersOf(input.engine, input.projectId, instances);
  await orExplain(instances, removeContainers(input.engine, containers), options);
}

async function orExplain(
  instances: readonly string[],
  work: Promise<void>,
  { signal }: EndOptions = {},
): Promise<void> {
  try {
    await orAborted(work, signal);
  } catch (error) {
    if (isTimeout(error)) throw notStopped(instances, 'it took longer than the command may take', error);
    if (signal?.aborted === true || error instanceof StackctlError || isConnectionLost(error)) throw error;
    throw notStopped(instances, engineMessage(error), error);
  }
}

function notStopped(instances: readonly string[], reason: string, cause: unknown): StackctlError {
  return new StackctlError('E_STOP_FAILED', `cannot stop ${instances.join(', ')}: ${reason}`, {
    hint: 'The Engine goes on with it, up to the grace time of each container: run the command again when `stackctl status` shows that they have ended.',
    details: { instances },
    cause,
  });
}
