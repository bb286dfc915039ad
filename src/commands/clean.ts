import { rm } from 'node:fs/promises';
import { down } from '../lifecycle/down.ts';
import { registryFolder, removeProject } from '../stack/registry.ts';
import type { CommandModule } from './command.ts';
import { confirmDeletion } from './down.ts';
import { splitWords, withLock, withSession } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.argument('[stack]', 'the project of this stack; default: the only project of this folder');
};

export const run: CommandModule['run'] = async (context, args) => {
  const { stackRef } = await splitWords(context, args);
  return withSession(context, stackRef, async (session) => {
    const { identity, paths } = session.project;
    const deleted = await confirmDeletion(context, session);
    await withLock(session.project, 'clean', async () => {
      await down(session, { volumes: true });
      await removeProject(registryFolder(context.env), identity.id);
      await rm(paths.root, { recursive: true, force: true });
    });
    return {
      data: { project: identity.name, deleted, folder: paths.root },
      text: `${identity.name} is gone: instances, data and ${paths.root}`,
    };
  });
};
