import { StackctlError } from '../../errors.ts';
import { didYouMean, suggest } from '../../stack/source/suggest.ts';
import { readCommandLine } from './argv.ts';
import { type CommandEntry, type CommandModule, findIn } from './command.ts';

/** What runs: a verb, or one action of it. */
export interface Target {
  /** An action is called by both names, e.g. `migrate down`. */
  readonly entry: CommandEntry;
  readonly module: CommandModule<never>;
  /** Words and flags that are left for it. */
  readonly args: readonly string[];
}

/**
 * The verb itself, or the action that its first word names. A verb with actions and no such word is itself: its help
 * lists them. @throws E_USAGE for an action that there is not.
 */
export async function findTarget(entry: CommandEntry, args: readonly string[]): Promise<Target> {
  const module = await entry.load();
  if (module.actions === undefined) return { entry, module, args };
  const inner = readCommandLine(args, module.actions);
  if (inner.wants === 'help') return { entry, module, args: ['--help'] };
  const asked = inner.wants === 'version' ? undefined : inner.verb;
  if (asked === undefined) return { entry, module, args };
  const action = findIn(module.actions, asked);
  if (action === undefined) throw unknownAction(entry, module.actions, asked);
  return { entry: actionEntry(entry, action), module: await action.load(), args: inner.args };
}

/** The entry of an action as people call it. */
export function actionEntry(verb: CommandEntry, action: CommandEntry): CommandEntry {
  return { ...action, name: `${verb.name} ${action.name}` };
}

function unknownAction(entry: CommandEntry, actions: readonly CommandEntry[], asked: string): StackctlError {
  const names = actions.map(({ name }) => name);
  const near = suggest(asked, names);
  return new StackctlError('E_USAGE', `unknown action '${asked}' of ${entry.name} (known: ${names.join(', ')})`, {
    hint: `Run: stackctl ${entry.name} --help${didYouMean(near)}`,
    details: { reason: 'unknownAction' },
  });
}
