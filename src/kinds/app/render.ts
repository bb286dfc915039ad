import type { RenderedFile } from '../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../stack/contract/launch.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import { programContainer, programStartFacts } from '../_shared/program/container.ts';
import { ownFolders, processEnvironment, secretFiles } from '../_shared/program/environment.ts';
import type { AppOptions } from './options.ts';

type Input = InstanceInput<AppOptions>;

export function watchedConfig({ service }: Input): readonly string[] {
  return service.options.watches;
}

export function files(input: Input): readonly RenderedFile[] {
  return secretFiles(input);
}

export function container(input: Input): ContainerSpec {
  return programContainer(input, healthcheckOf(input));
}

export function startFacts(input: Input): Readonly<Record<string, unknown>> {
  return programStartFacts(input, healthcheckOf(input));
}

/** The program in the folder of its source, with the Node.js that runs stackctl where it is `node`. */
export function process(input: Input, paths: ProcessPaths): ProcessSpec {
  const { command, build, options } = input.service;
  const [program = 'node', ...args] = command;
  return {
    argv: [program === 'node' ? globalThis.process.execPath : program, ...args],
    environment: processEnvironment(input, paths),
    ...ownFolders(input, paths),
    ...(build !== undefined && { folder: build.folder }),
    stopGraceS: options.stopGraceS,
  };
}

function healthcheckOf(input: Input): readonly string[] {
  return input.service.options.healthcheck ?? defaultHealthcheck(input);
}

/** Without wget or curl, which an image may not have. A thrown status is exit code 1. */
function defaultHealthcheck({ service, instance }: Input): readonly string[] {
  if (service.command[0] !== 'node') return [];
  const url = `http://127.0.0.1:${instance.ports[0]?.inside}${service.options.healthPath}`;
  return ['node', '-e', `fetch(${JSON.stringify(url)}).then((answer) => { if (!answer.ok) throw answer.status })`];
}
