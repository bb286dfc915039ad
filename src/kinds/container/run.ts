import { StackctlError } from '../../errors.ts';
import type { Inside } from '../../stack/contract/inside.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../stack/contract/launch.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import type { ServerChoice } from '../../stack/contract/needs.ts';
import type { Probe } from '../../stack/contract/probe.ts';
import { programContainer, programStartFacts } from '../_shared/program/container.ts';
import { ownFolders, processEnvironment } from '../_shared/program/environment.ts';
import type { Readiness } from '../_shared/program/readiness-option.ts';
import type { ContainerOptions } from './options.ts';

type Input = InstanceInput<ContainerOptions>;

/** The program that a local process is; `node` is the Node.js that runs stackctl. */
export function serverOf([program]: readonly string[]): ServerChoice {
  if (program === undefined || program === 'node') return { image: '', binaries: [] };
  const need = {
    name: program,
    anyVersion: true,
    versionArgs: ['--version'],
    versionPattern: /^$/,
    range: '*',
    knownPaths: [],
    packages: { debian: [], brew: '' },
  } as const;
  return { image: '', binaries: [need] };
}

export function container(input: Input): ContainerSpec {
  const timeoutS = healthcheckTimeoutS(input);
  return {
    ...programContainer(input, healthcheckOf(input)),
    ...(timeoutS !== undefined && { healthcheckTimeoutS: timeoutS }),
  };
}

export function startFacts(input: Input): Readonly<Record<string, unknown>> {
  const timeoutS = input.stack.runtime.startsFrom === 'image' ? healthcheckTimeoutS(input) : undefined;
  return { ...programStartFacts(input, healthcheckOf(input)), healthcheckTimeoutS: timeoutS };
}

function healthcheckOf({ service }: Input): readonly string[] {
  const { healthcheck, readiness } = service.options;
  return healthcheck ?? readiness?.exec ?? [];
}

/** The check of the container is the one of the readiness then. */
function healthcheckTimeoutS({ service }: Input): number | undefined {
  const { healthcheck, readiness } = service.options;
  return healthcheck === undefined && readiness?.exec !== undefined ? readiness.timeoutS : undefined;
}

/** In the folder of its source, where there is one. @throws E_STACK_INVALID when stack.yaml says no program. */
export function process(input: Input, paths: ProcessPaths): ProcessSpec {
  const { command, build, options, name } = input.service;
  const [program, ...args] = command;
  if (program === undefined) {
    throw new StackctlError('E_STACK_INVALID', `services.${name} has no command that could run as a local process`, {
      hint: 'Give it a `command` in stack.yaml, or run the stack in containers.',
    });
  }
  return {
    argv: [program === 'node' ? globalThis.process.execPath : (paths.binaries[program] ?? program), ...args],
    environment: processEnvironment(input, paths),
    ...ownFolders(input, paths),
    ...(build !== undefined && { folder: build.folder }),
    stopGraceS: options.stopGraceS,
  };
}

export async function probe({ stack, service, instance }: Input, signal: AbortSignal, inside?: Inside): Promise<Probe> {
  const { probeReadiness } = await import('../_shared/program/readiness.ts');
  return probeReadiness({ stack, instance }, readinessOf(service.options, instance.ports.length), signal, inside);
}

function readinessOf({ readiness }: ContainerOptions, ports: number): Readiness {
  return readiness ?? (ports === 0 ? { none: true } : { tcp: {} });
}
