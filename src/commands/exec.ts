import { StackctlError } from '../errors.ts';
import type { CommandModule } from './command.ts';
import { programWords, runProgram, selectInstances, withSession } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('<instance>', 'an instance, or a service with one instance')
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
  return withSession(context, undefined, async ({ stack, runtime }) => {
    const [instance] = selectInstances(stack, [word]);
    if (instance === undefined) throw new Error('no instance was selected');
    return runProgram(context, runtime, { instance, argv: [program, ...rest], environment: {} });
  });
};
