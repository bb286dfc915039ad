import { Argument } from 'commander';
import { StackctlError } from '../errors.ts';
import { actionTable, type CommandModule } from './line/command.ts';

export const actions: CommandModule['actions'] = actionTable([
  ['traffic', 'send events of a profile, and verify that they arrived', () => import('./seed/traffic.ts')],
  ['record', 'write what comes to a service into a file that can be replayed', () => import('./seed/record.ts')],
  ['replay', 'send again what was recorded, when it was recorded or faster', () => import('./seed/replay.ts')],
]);

export const configure: CommandModule['configure'] = (command) => {
  command.usage('<action> [options]').addArgument(new Argument('<action>', 'one of those below'));
};

/** Without an action there is nothing to do: the command line finds the others itself. */
export const run: CommandModule['run'] = async () => {
  throw new StackctlError('E_USAGE', 'no action given', { hint: 'Run: stackctl seed --help' });
};
