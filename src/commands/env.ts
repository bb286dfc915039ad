import { StackctlError } from '../errors.ts';
import { type ClientLibrary, clientLibraries, type EnvFormat, envFormats, envText } from '../output/env.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import type { CommandModule } from './line/command.ts';
import { choiceOption } from './line/options.ts';
import { allVariables, chosenServices, currentStack } from './session/service-environment.ts';
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
  const services = chosenServices(stack, rest[0]);
  const text = isLibrary(format)
    ? envText(clientOptions(stack, services, format), 'json')
    : envText(allVariables(stack, services), format);
  context.stdout.write(`${text}\n`);
  return { exitCode: 0 };
};

function isLibrary(format: EnvFormat): format is ClientLibrary {
  return clientLibraries.some((name) => name === format);
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
