import { Argument } from 'commander';
import { StackctlError } from '../errors.ts';
import { actionTable, type CommandModule } from './line/command.ts';

export const actions: CommandModule['actions'] = actionTable([
  ['metadata', 'the options of a service, for Compose', () => import('./compose/metadata.ts')],
  ['up', 'start the stack of a service, on the network of its project', () => import('./compose/up.ts')],
  [
    'down',
    'end the stack of a service; its data stays, unless its options say otherwise',
    () => import('./compose/down.ts'),
  ],
]);

export const configure: CommandModule['configure'] = (command) => {
  command.usage('<action> [options]').addArgument(new Argument('<action>', 'one of those below'));
};

/** Without an action there is nothing to do: the command line finds the others itself. */
export const run: CommandModule['run'] = async () => {
  throw new StackctlError('E_USAGE', 'no action given', {
    hint: 'Docker Compose runs this command for a service with `provider: {type: stackctl}`. See docs/provider.md.',
  });
};
