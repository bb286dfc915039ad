import { Argument } from 'commander';
import { StackctlError } from '../errors.ts';
import { actionTable, type CommandModule } from './line/command.ts';

export const actions: CommandModule['actions'] = actionTable([
  ['up', 'apply what is pending; stackctl up does it too', () => import('./migrate/up.ts')],
  ['down', 'take the last file back, or all above a version; asks first', () => import('./migrate/down.ts')],
  ['status', 'what is applied, pending and not as it should be', () => import('./migrate/status.ts')],
  [
    'verify',
    'whether the database is what the files say; --shadow compares schemas',
    () => import('./migrate/verify.ts'),
  ],
  ['dump', 'write the schema as it is to schema.sql', () => import('./migrate/dump.ts')],
  ['lint', 'what in the files hurts tables that are large or in use', () => import('./migrate/lint.ts')],
  ['new', 'write an empty file with the next number', () => import('./migrate/new.ts')],
  ['repair', 'make ledger and files agree, remove what is not valid; asks first', () => import('./migrate/repair.ts')],
  ['baseline', 'enter files as applied without running them; asks first', () => import('./migrate/baseline.ts')],
  ['import', 'take over the migration files of another tool; asks first', () => import('./migrate/import.ts')],
]);

export const configure: CommandModule['configure'] = (command) => {
  command.usage('<action> [options]').addArgument(new Argument('<action>', 'one of those below'));
};

/** Without an action there is nothing to do: the command line finds the others itself. */
export const run: CommandModule['run'] = async () => {
  throw new StackctlError('E_USAGE', 'no action given', { hint: 'Run: stackctl migrate --help' });
};
