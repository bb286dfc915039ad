import { StackctlError } from '../errors.ts';
import type { CommandModule } from './line/command.ts';
import { instanceNames } from './session/instance-names.ts';
import { type OpenSession, programWords, runProgram, withSession } from './session/session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('<instance>', 'an instance, or a service: its first instance')
    .argument('<program...>', 'program and arguments, e.g. redis-cli PING');
};

/** Docker: inside the container. Process: on this machine, in no other place than any program. */
export const run: CommandModule['run'] = async (context, args) => {
  const [word, ...words] = args;
  const [program, ...rest] = programWords(words);
  if (word === undefined || program === undefined) {
    throw new StackctlError('E_USAGE', 'exec needs an instance and a program', {
      hint: 'E.g. stackctl exec redis-1 redis-cli PING',
    });
  }
  return withSession(context, undefined, async (session) => {
    const [name] = await instanceNames(session, [word]);
    if (name === undefined) throw new Error('no instance was selected');
    await requireThere(session, name);
    return runProgram(context, session.runtime, { instance: { name }, argv: [program, ...rest], environment: {} });
  });
};

async function requireThere({ runtime }: OpenSession, name: string): Promise<void> {
  if ((await runtime.observe()).some((one) => one.name === name)) return;
  throw new StackctlError('E_NOT_RUNNING', `${name} is not there`, {
    hint: 'stackctl up',
    details: { instance: name },
  });
}
