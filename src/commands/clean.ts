import type { CommandContext, CommandModule, CommandResult } from './line/command.ts';
import { STOP_LIMIT, timeoutOption } from './line/options.ts';
import { cleanProject } from './session/clean-project.ts';
import { orRescue } from './session/lost-project.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .addOption(timeoutOption(STOP_LIMIT));
};

export const run: CommandModule['run'] = async (context, args) => {
  const [stackRef] = args;
  return orRescue({ context, stackRef, verb: 'clean', volumes: true }, () => clean(context, stackRef));
};

async function clean(context: CommandContext, stackRef: string | undefined): Promise<CommandResult> {
  const cleaned = await cleanProject(context, stackRef);
  return { data: cleaned, text: `${cleaned.project} is gone: instances, data and ${cleaned.folder}` };
}
