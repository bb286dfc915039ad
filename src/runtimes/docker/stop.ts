import { StackctlError } from '../../errors.ts';
import { compose } from './compose-cli.ts';
import { containersOf } from './project-objects.ts';
import { resume } from './remove-containers.ts';
import type { ProjectInput } from './start.ts';

// Without `-f`, Compose takes the project from the containers' labels: what the rendered file no longer names, or when
// there is no file, can still be stopped and removed.

/** SIGTERM, after the container's grace time SIGKILL. @throws E_STOP_FAILED */
export async function stop(input: ProjectInput, instances: readonly string[]): Promise<void> {
  await run(input, ['stop'], instances);
}

/** Also removes the containers and their anonymous volumes. Named volumes stay. @throws E_STOP_FAILED */
export async function remove(input: ProjectInput, instances: readonly string[]): Promise<void> {
  await run(input, ['rm', '--stop', '--force', '--volumes'], instances);
}

async function run(
  { engine, projectId }: ProjectInput,
  verb: readonly string[],
  instances: readonly string[],
): Promise<void> {
  const containers = await containersOf(engine, projectId, instances);
  if (containers.length === 0) return;
  await resume(engine, containers);
  const names = [...new Set(containers.map(({ Labels }) => Labels['com.docker.compose.service'] ?? ''))];
  const { failed, lines } = await compose(engine, ['-p', projectId, ...verb, ...names]);
  if (failed) {
    throw new StackctlError(
      'E_STOP_FAILED',
      `docker compose could not stop ${names.join(', ')}: ${lines.at(-1) ?? 'it gave no reason'}`,
      {
        hint: 'Run the command again; `stackctl status` shows what still runs.',
        details: { instances: names, compose: lines },
      },
    );
  }
}
