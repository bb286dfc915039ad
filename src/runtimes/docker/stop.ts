import { StackctlError } from '../../errors.ts';
import { isTimeout } from '../../lib/poll.ts';
import type { EndOptions } from '../../stack/runtime.ts';
import { type ComposeResult, compose } from './compose-cli.ts';
import { containersOf } from './project-objects.ts';
import { resume } from './remove-containers.ts';
import type { ProjectInput } from './start.ts';

// Without `-f`, Compose takes the project from the containers' labels: what the rendered file no longer names, or when
// there is no file, can still be stopped and removed.

/** SIGTERM, after the container's grace time SIGKILL. @throws E_STOP_FAILED; the signal's reason when it aborts. */
export async function stop(input: ProjectInput, instances: readonly string[], options?: EndOptions): Promise<void> {
  await run(input, ['stop'], instances, options);
}

/** Also removes the containers and their anonymous volumes. Named volumes stay. @throws as `stop` does. */
export async function remove(input: ProjectInput, instances: readonly string[], options?: EndOptions): Promise<void> {
  await run(input, ['rm', '--stop', '--force', '--volumes'], instances, options);
}

async function run(
  { engine, projectId }: ProjectInput,
  verb: readonly string[],
  instances: readonly string[],
  { signal }: EndOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const containers = await containersOf(engine, projectId, instances);
  if (containers.length === 0) return;
  await resume(engine, containers);
  const names = [...new Set(containers.map(({ Labels }) => Labels['com.docker.compose.service'] ?? ''))];
  try {
    const { failed, lines } = await compose(engine, ['-p', projectId, ...verb, ...names], signal);
    if (failed) throw notStopped(names, lines.at(-1) ?? 'it gave no reason', lines);
  } catch (error) {
    throw isTimeout(error) ? notStopped(names, 'it took longer than the command may take', []) : error;
  }
}

function notStopped(names: readonly string[], reason: string, lines: ComposeResult['lines']): StackctlError {
  return new StackctlError('E_STOP_FAILED', `docker compose could not stop ${names.join(', ')}: ${reason}`, {
    hint: 'Run the command again; `stackctl status` shows what still runs.',
    details: { instances: names, compose: lines },
  });
}
