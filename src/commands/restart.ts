import { restart } from '../lifecycle/restart.ts';
import { keepValues } from '../project/save.ts';
import type { CommandModule } from './line/command.ts';
import { READY_LIMIT, timeoutOption } from './line/options.ts';
import { healthResult, readStatus } from './session/health-report.ts';
import { selectInstances, splitWords, withLockedSession } from './session/session.ts';

const WHAT_CHANGES = `
One after the other, a master last. Each comes back with its configuration as stack.yaml and the
values have it now; what is not named keeps the files that it runs with. Values given as flags
stay in force for later commands. Ports, passwords and numbers of instances are changed by
\`stackctl up\` alone.`;

export const configure: CommandModule['configure'] = (command) => {
  command.argument('[services...]', 'services or instances; without any, all').addOption(timeoutOption(READY_LIMIT));
  command.addHelpText('after', WHAT_CHANGES);
};

export const run: CommandModule['run'] = async (context, args) => {
  const { stackRef, rest } = await splitWords(context, args);
  return withLockedSession(context, stackRef, 'restart', async (session) => {
    const { stack, project } = session;
    const timeoutMs = context.global.timeoutMs ?? stack.readiness.timeoutMs;
    const options = { timeoutMs, portWishes: project.portWishes(), keep: () => keepValues(project, session.record) };
    const { instances, changed, outdated } = await restart(session, selectInstances(stack, rest), options);
    const view = await readStatus(session);
    return { ...healthResult(view, false), data: { ...view, restarted: instances, changed, outdated } };
  });
};
