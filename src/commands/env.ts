import { join } from 'node:path';
import { EXIT, StackctlError } from '../errors.ts';
import type { Secret } from '../lib/secret.ts';
import { findPrimaries } from '../lifecycle/primaries.ts';
import { type ClientLibrary, clientLibraries, type EnvFormat, envFormats, envText } from '../output/env.ts';
import { projectPaths } from '../project/paths.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { environmentOf } from '../stack/derived/environment.ts';
import type { CommandContext, CommandModule } from './line/command.ts';
import { choiceOption } from './line/options.ts';
import { open } from './session/open.ts';
import { withRuntime } from './session/record-session.ts';
import { splitWords } from './session/session.ts';

interface EnvFlags {
  readonly format: EnvFormat;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[service]', 'one service; without it, all')
    .addOption(
      choiceOption('--format <format>', 'who reads it; ioredis: the options of its constructor', envFormats, 'shell'),
    );
};

/** The one command that prints secrets: a client needs them. Works while nothing runs, with what was recorded. */
export const run: CommandModule<EnvFlags>['run'] = async (context, args, { format }) => {
  const { stackRef, rest } = await splitWords(context, args);
  const stack = await currentStack(context, stackRef);
  const services = chosen(stack, rest[0]);
  const text = isLibrary(format)
    ? envText(clientOptions(stack, services, format), 'json')
    : envText(allVariables(stack, services), format);
  context.stdout.write(`${text}\n`);
  return { exitCode: 0 };
};

/** The stack with the primary of this moment, which after a failover is not the recorded one. */
async function currentStack(context: CommandContext, stackRef: string | undefined): Promise<Stack> {
  const { identity, paths, record, stack } = await open(context, stackRef, 'existing');
  if (record === undefined || record.state === 'down') return stack;
  try {
    return await withRuntime(context, { identity, paths, record }, async ({ runtime, signal }) => {
      return { ...stack, primaries: { ...stack.primaries, ...(await findPrimaries(stack, runtime, signal)) } };
    });
  } catch (error) {
    if (!(error instanceof StackctlError && error.exitCode === EXIT.runtimeMissing)) throw error;
    context.emit({ type: 'warning', text: `${error.message}: addresses are those on record` });
    return stack;
  }
}

function isLibrary(format: EnvFormat): format is ClientLibrary {
  return clientLibraries.some((name) => name === format);
}

function allVariables(stack: Stack, services: readonly Service[]): ReturnType<typeof variablesOf> {
  return Object.assign({}, ...services.map((service) => variablesOf(stack, service, services.length === 1)));
}

function clientOptions(
  stack: Stack,
  services: readonly Service[],
  library: ClientLibrary,
): Readonly<Record<string, unknown>> {
  const options = services
    .map((service) => service.kind.connection?.({ stack, service }).clientOptions?.[library])
    .find((one) => one !== undefined);
  if (options !== undefined) return options;
  const names = services.map(({ name }) => name).join(', ');
  throw new StackctlError('E_USAGE', `no ready-made ${library} options for ${names}`, {
    hint: 'Use --format shell, dotenv or json.',
  });
}

/** The variables with which a client reaches the service. For one service alone also those of its own program, for a
 * user who starts that program by hand. */
function variablesOf(stack: Stack, service: Service, alone: boolean): Readonly<Record<string, string | Secret>> {
  const reach = service.kind.clientEnv?.({ stack, service }) ?? {};
  if (!alone || service.kind.runsStackPrograms !== true) return reach;
  return {
    ...reach,
    ...configFolder(stack, service),
    ...Object.fromEntries(environmentOf(stack, service, undefined, 'client')),
  };
}

/** Where a program that reads rendered files finds them. */
function configFolder({ project }: Stack, { config, instances: [first] }: Service): Readonly<Record<string, string>> {
  if (config.length === 0 || first === undefined) return {};
  return { STACKCTL_CONFIG: join(projectPaths(project.folder, project.name).rendered, first.name) };
}

function chosen(stack: Stack, word: string | undefined): readonly Service[] {
  if (word === undefined) return stack.services;
  const service = stack.services.find(({ name }) => name === word);
  if (service !== undefined) return [service];
  throw new StackctlError('E_INSTANCE_NOT_FOUND', `the project ${stack.project.name} has no service "${word}"`, {
    hint: `Its services: ${stack.services.map(({ name }) => name).join(', ')}.`,
  });
}
