import type { ContainerSpec } from '../../../stack/contract/launch.ts';
import type { InstanceInput } from '../../../stack/contract/model.ts';
import { containerEnvironment } from './environment.ts';

/** A check starts a program, such as a Node.js: 40 ms of a CPU. */
const HEALTHCHECK_EVERY_S = 10;

/** What an instance that runs with other options has to be started again for. Only a container has a health check. */
export function programStartFacts(
  { stack, service }: InstanceInput<{ readonly stopGraceS: number }>,
  healthcheck: readonly string[],
): Readonly<Record<string, unknown>> {
  const { stopGraceS } = service.options;
  return stack.runtime.startsFrom === 'image' ? { stopGraceS, healthcheck } : { stopGraceS };
}

/** `command` takes the place of the image's own; its entrypoint stays, as with Compose. */
export function programContainer(
  input: InstanceInput<{ readonly stopGraceS: number }>,
  healthcheck: readonly string[],
): ContainerSpec {
  const { options, command, mounts } = input.service;
  return {
    entrypoint: [],
    command,
    ...containerEnvironment(input),
    volumes: mounts,
    healthcheck,
    healthcheckEveryS: HEALTHCHECK_EVERY_S,
    stopGraceS: options.stopGraceS,
  };
}
