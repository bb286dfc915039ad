import { down } from '../lifecycle/down.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from './line/command.ts';
import { STOP_LIMIT, timeoutOption } from './line/options.ts';
import { confirmedDeletion } from './session/confirm-deletion.ts';
import { orRescue } from './session/lost-project.ts';
import { withLockedRecord } from './session/record-session.ts';
import { stopLimit } from './session/stop-limit.ts';

interface DownFlags {
  readonly volumes: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .option('--volumes', 'delete the data, the images built for the project and its passwords too; asks first')
    .addOption(timeoutOption(STOP_LIMIT));
};

export const run: CommandModule<DownFlags>['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  const volumes = flags.volumes === true;
  return orRescue({ context, stackRef, verb: 'down', volumes }, () =>
    volumes ? downWithData(context, stackRef) : downOnly(context, stackRef),
  );
};

function downOnly(context: CommandContext, stackRef: string | undefined): Promise<CommandResult> {
  return withLockedRecord(context, stackRef, 'down', async (session) => {
    const { name } = session.identity;
    const warnings = await down(session, { volumes: false, ...stopLimit(context) });
    return { data: { project: name, deleted: [], warnings }, text: `${name} is down, its data stays` };
  });
}

function downWithData(context: CommandContext, stackRef: string | undefined): Promise<CommandResult> {
  return confirmedDeletion({
    context,
    stackRef,
    verb: 'down',
    aside: false,
    act: async (session, others, deleted) => {
      const { name } = session.identity;
      const warnings = await down(session, { volumes: true, others, ...stopLimit(context) });
      return { data: { project: name, deleted, warnings }, text: `${name} is down, its data is deleted` };
    },
  });
}
