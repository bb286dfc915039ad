import { restart } from '../lifecycle/restart.ts';
import type { CommandModule } from './command.ts';
import { look, result } from './health-report.ts';
import { READY_LIMIT, timeoutOption } from './options.ts';
import { selectInstances, splitWords, withLockedSession } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.argument('[services...]', 'services or instances; without any, all').addOption(timeoutOption(READY_LIMIT));
};

export const run: CommandModule['run'] = async (context, args) => {
  const { stackRef, rest } = await splitWords(context, args);
  return withLockedSession(context, stackRef, 'restart', async (session) => {
    const { stack, project } = session;
    const timeoutMs = context.global.timeoutMs ?? stack.readiness.timeoutMs;
    const options = { timeoutMs, portWishes: project.portWishes() };
    const { instances, changed, outdated } = await restart(session, selectInstances(stack, rest), options);
    const view = await look(session);
    return { ...result(view, false), data: { ...view, restarted: instances, changed, outdated } };
  });
};
