import { down } from '../lifecycle/down.ts';
import { dataText } from '../output/data-items.ts';
import type { DataItem } from '../stack/runtime.ts';
import type { CommandContext, CommandModule } from './command.ts';
import { type OpenSession, splitWords, withLock, withSession } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; default: the only project of this folder')
    .option('--volumes', 'delete the data too; asks first');
};

export const run: CommandModule['run'] = async (context, args, flags) => {
  const { stackRef } = await splitWords(context, args);
  const volumes = flags.volumes === true;
  return withSession(context, stackRef, async (session) => {
    const deleted = volumes ? await confirmDeletion(context, session) : [];
    return withLock(session.project, 'down', async () => {
      const warnings = await down(session, { volumes });
      const { name } = session.project.identity;
      return {
        data: { project: name, deleted, warnings },
        text: `${name} is down${volumes ? ', its data is deleted' : ', its data stays'}`,
      };
    });
  });
};

/** Names what would be lost, and asks. Nothing to lose is nothing to ask. */
export async function confirmDeletion(context: CommandContext, session: OpenSession): Promise<readonly DataItem[]> {
  const items = await session.runtime.data();
  if (items.length > 0) {
    await context.confirm(`This deletes the data of ${session.project.identity.name}:\n${dataText(items)}\nDelete it?`);
  }
  return items;
}
