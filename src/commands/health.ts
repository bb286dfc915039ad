import { PROBE_MS } from '../health/check.ts';
import { healthText } from '../output/health.ts';
import type { CommandModule } from './line/command.ts';
import { timeoutOption } from './line/options.ts';
import { healthResult, PROBE_LIMIT, readStatus } from './session/health-report.ts';
import { healLeftovers, selectInstances, splitWords, withSession } from './session/session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[services...]', 'only these services or instances; without any, all')
    .addOption(timeoutOption(PROBE_LIMIT, PROBE_MS));
};

export const run: CommandModule['run'] = async (context, args) => {
  const { stackRef, rest } = await splitWords(context, args);
  return withSession(context, stackRef, async (session) => {
    await healLeftovers(session);
    const chosen = new Set(selectInstances(session.stack, rest).map(({ name }) => name));
    const view = await readStatus(session, context.global.timeoutMs);
    const instances = view.instances.filter(({ name }) => chosen.has(name));
    const part = { ...view, instances, healthy: instances.every(({ health }) => health === 'healthy') };
    return { ...healthResult(part, true), text: healthText(part) };
  });
};
