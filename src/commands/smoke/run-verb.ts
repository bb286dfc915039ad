import type { CommandResult } from '../line/command.ts';
import { parseFlags } from '../line/parse.ts';
import { findCommand } from '../line/table.ts';
import { findTarget } from '../line/target.ts';
import type { SmokeProject } from './own-project.ts';

/**
 * Runs a verb on the project of the check, as its command line would. @param words the verb and what stands behind it but for the stack.
 * @throws what the verb throws.
 */
export async function runVerb(
  { context, stackRef }: Pick<SmokeProject, 'context' | 'stackRef'>,
  [verb, ...words]: readonly [string, ...string[]],
): Promise<CommandResult> {
  const entry = findCommand(verb);
  if (entry === undefined) throw new Error(`there is no verb ${verb}`);
  const { entry: target, module, args } = await findTarget(entry, words);
  const parsed = parseFlags(target, module, stackRef === undefined ? args : [stackRef, ...args]);
  if (parsed.type === 'help') throw new Error(`${verb} was asked for help`);
  const result = await module.run(context, parsed.args, parsed.flags);
  if (!('text' in result)) throw new Error(`${verb} gives no result`);
  return result;
}
