import { rm } from 'node:fs/promises';
import { down } from '../lifecycle/down.ts';
import { registryFolder, removeProject } from '../project/registry.ts';
import type { CommandContext, CommandModule, CommandResult } from './line/command.ts';
import { STOP_LIMIT, stopLimit, timeoutOption } from './line/options.ts';
import { confirmedDeletion } from './session/confirm-deletion.ts';
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

function clean(context: CommandContext, stackRef: string | undefined): Promise<CommandResult> {
  return confirmedDeletion({
    context,
    stackRef,
    verb: 'clean',
    aside: true,
    act: async (session, others, deleted) => {
      const { identity, paths } = session;
      await down(session, { volumes: true, others, ...stopLimit(context) });
      await removeProject(registryFolder(context.env), identity.id);
      await rm(paths.root, { recursive: true, force: true });
      return {
        data: { project: identity.name, deleted, folder: paths.root },
        text: `${identity.name} is gone: instances, data and ${paths.root}`,
      };
    },
  });
}
