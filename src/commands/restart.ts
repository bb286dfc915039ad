import { restart } from '../lifecycle/restart.ts';
import { withFigures } from '../output/hand-over.ts';
import { keepValues } from '../project/save.ts';
import type { CommandModule } from './line/command.ts';
import { NO_MEASURE, READY_LIMIT, timeoutOption } from './line/options.ts';
import { healthResult, readStatus } from './session/health-report.ts';
import { measuring } from './session/measured.ts';
import { selectInstances, splitWords, withLockedSession } from './session/session.ts';

const WHAT_CHANGES = `
One after the other, a master last, when another server has taken its place. Each comes back with
its configuration as stack.yaml and the values have it now; what is not named keeps the files that
it runs with. Values given as flags stay in force for later commands. Ports, passwords and numbers
of instances are changed by \`stackctl up\` alone.`;

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[services...]', 'services or instances; without any, all')
    .option(...NO_MEASURE)
    .addOption(timeoutOption(READY_LIMIT));
  command.addHelpText('after', WHAT_CHANGES);
};

export const run: CommandModule<{ readonly measure: boolean }>['run'] = async (context, args, { measure }) => {
  const { stackRef, rest } = await splitWords(context, args);
  return withLockedSession(context, stackRef, 'restart', async (session) => {
    const { stack, project } = session;
    const timeoutMs = context.global.timeoutMs ?? stack.readiness.timeoutMs;
    const options = { timeoutMs, portWishes: project.portWishes(), keep: () => keepValues(project, session.record) };
    const instances = selectInstances(stack, rest);
    const { around, figures } = measuring(context, measure, () => timeoutMs);
    const done = await around(stack, instances, () => restart(session, instances, options));
    const view = await readStatus(session);
    const { instances: restarted, changed, outdated } = done;
    const health = healthResult(view, false);
    const data = { ...view, restarted, changed, outdated, figures: figures() };
    return { ...health, text: withFigures(health.text, figures()), data };
  });
};
