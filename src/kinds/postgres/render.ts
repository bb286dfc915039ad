import type {
  ContainerSpec,
  InstanceInput,
  ProcessPaths,
  ProcessSpec,
  RenderedFile,
  TemplateVariables,
} from '../../stack/contract/kind.ts';
import { type LaunchInput, serverContainer, serverFiles, serverProcess } from '../_shared/postgres/launch.ts';
import type { PostgresOptions } from './options.ts';

type Input = InstanceInput<PostgresOptions>;

const PLAIN: LaunchInput = { settings: [] };

/** No config file is needed: settings are arguments. These are for files that a stack renders beside. */
export function variables({ stack, service: { options }, instance }: Input): TemplateVariables {
  const { database, user } = options;
  return { project: stack.project.name, instance: instance.name, port: instance.peer.port, database, user };
}

export function files(input: Input): readonly RenderedFile[] {
  return serverFiles(input, PLAIN);
}

export function container(input: Input): ContainerSpec {
  return serverContainer(input, PLAIN);
}

export function process(input: Input, paths: ProcessPaths): ProcessSpec {
  return serverProcess(input, paths, PLAIN);
}
