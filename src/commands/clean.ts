import { rm } from 'node:fs/promises';
import { down } from '../lifecycle/down.ts';
import { registryFolder, removeProject } from '../stack/registry.ts';
import type { CommandContext, CommandModule, CommandResult } from './command.ts';
import { confirmDeletion } from './down.ts';
import { orRescue } from './lost-project.ts';
import { type OpenSession, withLock, withOtherRuntimes, withSession } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.argument('[stack]', 'the project of this stack; without it, the only project of this folder');
};

export const run: CommandModule['run'] = async (context, args) => {
  const [stackRef] = args;
  return orRescue({ context, stackRef, verb: 'clean', volumes: true }, () =>
    withSession(context, stackRef, (session) => clean(context, session)),
  );
};

async function clean(context: CommandContext, session: OpenSession): Promise<CommandResult> {
  const { identity, paths } = session.project;
  const deleted = await withOtherRuntimes(context, session, async (others) => {
    const items = await confirmDeletion(context, session, others);
    await withLock(session.project, 'clean', async () => {
      await down(session, { volumes: true, others });
      await removeProject(registryFolder(context.env), identity.id);
      await rm(paths.root, { recursive: true, force: true });
    });
    return items;
  });
  return {
    data: { project: identity.name, deleted, folder: paths.root },
    text: `${identity.name} is gone: instances, data and ${paths.root}`,
  };
}
