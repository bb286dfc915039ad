import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { StackctlError, systemCode } from '../../errors.ts';
import { composeServicesOf } from '../../stack/compose-services.ts';
import { LABELS } from '../../stack/labels.ts';
import type { Service, Stack } from '../../stack/model.ts';
import type { ProjectPaths } from '../../stack/paths.ts';
import type { StartOptions } from '../../stack/runtime.ts';
import { compose } from './compose-cli.ts';
import type { Engine } from './engine.ts';
import { attach, isDetached } from './network-attachment.ts';
import { removeOutdatedNetwork } from './outdated-network.ts';
import { composeServiceOfContainer, containersOf, listContainers } from './project-objects.ts';
import { removeContainers } from './remove-containers.ts';

export interface ProjectInput {
  readonly engine: Engine;
  readonly projectId: string;
  readonly paths: ProjectPaths;
}

/**
 * `docker compose up -d` of these instances from the rendered file; `--wait` is never used, because it answers after
 * whole healthcheck intervals and stackctl's probes after 100 ms.
 * @throws E_START_FAILED with what Compose said.
 */
export async function start(
  input: ProjectInput,
  stack: Stack,
  instances: readonly string[],
  { signal }: StartOptions,
): Promise<void> {
  if (instances.length === 0) return;
  const file = join(input.paths.rendered, 'compose.yaml');
  await requireFile(file);
  await removeOutdatedNetwork(input, stack);
  const started = stack.services.flatMap((service) => {
    const some = service.instances.filter(({ name }) => instances.includes(name));
    return some.length === 0 ? [] : [{ service, names: composeServicesOf(stack, service, some) }];
  });
  await removeRenamed(
    input,
    stack,
    started.map(({ service }) => service),
  );
  await endFaults(input, instances);
  const up = ['-f', file, '-p', input.projectId, 'up', '--detach', '--no-build', '--no-deps', '--quiet-pull'];
  const { failed, lines } = await compose(input.engine, [...up, ...started.flatMap(({ names }) => names)], signal);
  if (failed) throw startFailed(instances, lines);
}

/** Containers of Compose services that the file no longer has hold the ports and addresses of those that it has now. */
async function removeRenamed(
  { engine, projectId }: ProjectInput,
  stack: Stack,
  services: readonly Service[],
): Promise<void> {
  const kept = new Map(services.map((service) => [service.name, composeServicesOf(stack, service)]));
  const renamed = (await listContainers(engine, projectId)).filter((container) => {
    const names = kept.get(container.Labels[LABELS.service] ?? '');
    const name = composeServiceOfContainer(container);
    return names !== undefined && name !== undefined && !names.includes(name);
  });
  await removeContainers(engine, renamed);
}

async function requireFile(path: string): Promise<void> {
  try {
    await access(path);
  } catch (error) {
    throw new StackctlError('E_STATE_UNREADABLE', `cannot read ${path}: ${systemCode(error) ?? String(error)}`, {
      hint: 'Run `stackctl up` to render it again.',
      details: { file: path },
      cause: error,
    });
  }
}

/** Compose refuses to start a paused container, and starts one that was cut off without its network. */
async function endFaults({ engine, projectId }: ProjectInput, instances: readonly string[]): Promise<void> {
  for (const container of await containersOf(engine, projectId, instances)) {
    if (container.State === 'paused') await (await engine.docker()).getContainer(container.Id).unpause();
    if (isDetached(container)) await attach(engine, container);
  }
}

function startFailed(instances: readonly string[], lines: readonly string[]): StackctlError {
  return new StackctlError(
    'E_START_FAILED',
    `docker compose could not start ${instances.join(', ')}: ${lines.at(-1) ?? 'it gave no reason'}`,
    {
      hint: 'See what is there with `stackctl status` and `stackctl logs`; `stackctl doctor` checks the Engine, ports and disk. Then run `stackctl up` again.',
      details: { instances, compose: lines },
    },
  );
}
