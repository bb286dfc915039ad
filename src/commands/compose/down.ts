import { EXIT, errorText, StackctlError } from '../../errors.ts';
import { down } from '../../lifecycle/down.ts';
import { heal } from '../../lifecycle/heal.ts';
import { composeLine } from '../../output/compose-lines.ts';
import type { CommandModule } from '../line/command.ts';
import { choiceOption } from '../line/options.ts';
import { cleanProject } from '../session/clean-project.ts';
import type { SessionContext } from '../session/context.ts';
import { withLockedRecord } from '../session/record-session.ts';
import { addServiceWords, DATA, describe, serviceOf } from './options.ts';
import { placeBefore } from './place.ts';
import { sessionIn } from './session.ts';

export { tellError } from './session.ts';

interface DownFlags {
  readonly projectName: string | undefined;
  readonly data: (typeof DATA)[number];
}

export const configure: CommandModule['configure'] = (command) => {
  addServiceWords(command);
  command.addOption(choiceOption('--data <what>', describe('data'), DATA, DATA[0]));
};

/** Ends what was brought up for the service; nothing there is nothing to do. */
export const run: CommandModule<DownFlags>['run'] = async (context, args, { projectName, data }) => {
  const wanted = serviceOf(args, projectName);
  const place = await placeBefore(context, wanted);
  if (place === undefined) {
    const message = `nothing was started for ${wanted.service} of ${wanted.project}`;
    context.stdout.write(composeLine({ type: 'info', message }));
    return { exitCode: EXIT.ok };
  }
  const session = sessionIn(context, place);
  if (data === 'remove') await cleanProject(session, undefined);
  else await end(session);
  return { exitCode: EXIT.ok };
};

/** Data stays. A frozen server would not hear that it is to stop. */
async function end(context: SessionContext): Promise<void> {
  await withLockedRecord(context, undefined, 'compose down', async (session) => {
    const { runtime, stack, paths, emit } = session;
    await heal({ runtime, stack, faults: paths.faults, emit }).catch((error: unknown) => {
      if (!(error instanceof StackctlError)) throw error;
      emit({ type: 'warning', text: errorText(error) });
    });
    await down(session, { volumes: false });
  });
}
