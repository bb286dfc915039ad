import { down } from '../lifecycle/down.ts';
import { dataText } from '../output/data-items.ts';
import type { DataItem, Runtime } from '../stack/runtime.ts';
import type { CommandContext, CommandModule } from './command.ts';
import { orRescue } from './lost-project.ts';
import { type OpenSession, withLock, withOtherRuntimes, withSession } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .option('--volumes', 'delete the data too; asks first');
};

export const run: CommandModule['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  const volumes = flags.volumes === true;
  return orRescue({ context, stackRef, verb: 'down', volumes }, () =>
    withSession(context, stackRef, (session) => (volumes ? downWithData(context, session) : downOnly(session))),
  );
};

function downOnly(session: OpenSession) {
  return withLock(session.project, 'down', async () => {
    const { name } = session.project.identity;
    const warnings = await down(session, { volumes: false });
    return { data: { project: name, deleted: [], warnings }, text: `${name} is down, its data stays` };
  });
}

function downWithData(context: CommandContext, session: OpenSession) {
  const { name } = session.project.identity;
  return withOtherRuntimes(context, session, async (others) => {
    const deleted = await confirmDeletion(context, session, others);
    return withLock(session.project, 'down', async () => {
      const warnings = await down(session, { volumes: true, others });
      return { data: { project: name, deleted, warnings }, text: `${name} is down, its data is deleted` };
    });
  });
}

/** Names what would be lost on every runtime that the project has used, and asks. Nothing to lose is nothing to ask. */
export async function confirmDeletion(
  context: CommandContext,
  { runtime, project }: OpenSession,
  others: readonly Runtime[],
): Promise<readonly DataItem[]> {
  const items = (await Promise.all([runtime, ...others].map((one) => one.data()))).flat();
  if (items.length > 0) {
    await context.confirm(`This deletes the data of ${project.identity.name}:\n${dataText(items)}\nDelete it?`);
  }
  return items;
}
