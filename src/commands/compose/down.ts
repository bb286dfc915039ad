import { EXIT } from '../../errors.ts';
import { composeLine } from '../../output/compose-lines.ts';
import type { CommandModule } from '../line/command.ts';
import { choiceOption } from '../line/options.ts';
import { cleanProject } from '../session/clean-project.ts';
import { stopProject } from '../session/stop-project.ts';
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
  else await stopProject(session, 'compose down');
  return { exitCode: EXIT.ok };
};
