import type {
  ContainerSpec,
  InstanceInput,
  ProcessPaths,
  ProcessSpec,
  RenderedFile,
  TemplateVariables,
} from '../../stack/contract/kind.ts';
import { type LaunchInput, serverContainer, serverFiles, serverProcess } from '../_shared/postgres/launch.ts';
import type { Setting } from '../_shared/postgres/settings.ts';
import { EXTENSION, INSTALL_ANY } from './extension.ts';
import { isRequired, type TimescaleOptions } from './options.ts';

type Input = InstanceInput<TimescaleOptions>;

/**
 * Nothing is sent to the makers. Each hypertable's policy is a job, and jobs are background workers: the server's own 8
 * would be too few for the extension's default of 16.
 */
const SETTINGS: readonly Setting[] = [
  ['timescaledb.telemetry_level', 'off'],
  ['max_worker_processes', '27'],
];

/** No config file is needed: settings are arguments. These are for files that a stack renders beside. */
export function variables({ stack, service: { options }, instance }: Input): TemplateVariables {
  const { database, user } = options;
  return { project: stack.project.name, instance: instance.name, port: instance.peer.port, database, user };
}

export function files(input: Input): readonly RenderedFile[] {
  return serverFiles(input, launchOf(input));
}

/** The image's own configuration loads the library: https://github.com/timescale/timescaledb-docker, Dockerfile. */
export function container(input: Input): ContainerSpec {
  return serverContainer(input, launchOf(input));
}

export function process(input: Input, paths: ProcessPaths): ProcessSpec {
  return serverProcess(input, paths, launchOf(input));
}

function launchOf({ stack, service }: Input): LaunchInput {
  const required = isRequired(service.options, stack.runtime);
  return { settings: SETTINGS, extension: { name: EXTENSION, required, advice: INSTALL_ANY } };
}
