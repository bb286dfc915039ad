import { StackctlError } from '../errors.ts';
import { Secret } from '../lib/secret.ts';
import { serviceOf } from '../stack/contract/model.ts';
import type { CommandModule } from './line/command.ts';
import { chooseInstance } from './session/choose-instance.ts';
import { programWords, runProgram, withSession } from './session/session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('<service>', 'a service (its primary, where it has one) or an instance')
    .argument('[arguments...]', "arguments for the service's client; none: an interactive session");
};

export const run: CommandModule['run'] = async (context, args) => {
  const [word, ...rest] = args;
  if (word === undefined)
    throw new StackctlError('E_USAGE', 'cli needs a service', { hint: 'E.g. stackctl cli redis PING' });
  return withSession(context, undefined, async (session) => {
    const { stack, runtime } = session;
    const instance = await chooseInstance(session, word);
    const service = serviceOf(stack, instance.service);
    const client = service.kind.cli?.({ stack, service, instance });
    if (client === undefined) {
      throw new StackctlError('E_USAGE', `a service of kind ${service.kind.name} has no client of its own`, {
        hint: `stackctl exec ${instance.name} <program>`,
      });
    }
    const argv = [...client.argv, ...programWords(rest)] as const;
    return runProgram(context, runtime, { instance, argv, environment: revealed(client.environment) });
  });
};

function revealed(environment: Readonly<Record<string, string | Secret>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [key, value instanceof Secret ? value.reveal() : value]),
  );
}
