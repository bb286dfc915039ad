import { errorText, StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { rateShortfall, trafficText } from '../../output/traffic.ts';
import type { CommandModule } from '../line/command.ts';
import { withSession } from '../session/session.ts';
import { cleanTraffic } from './clean.ts';
import { emitEvents } from './emit.ts';
import { type SeedFlags, withSeedFlags } from './flags.ts';
import { tryReports, writeReports } from './reports.ts';
import { sendTraffic, trafficFailure } from './send-traffic.ts';

export const configure: CommandModule['configure'] = (command) => {
  withSeedFlags(command.argument('[stack]', 'the project of this stack; without it, the only project of this folder'));
};

/** Takes no lock: services may be restarted during the traffic, and that is often what a user wants to see. */
export const run: CommandModule<SeedFlags>['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  if (flags.clean !== undefined) return cleanTraffic(context, stackRef, { ...flags, clean: flags.clean });
  if (flags.emit !== undefined || flags.digest) return emitEvents(context, stackRef, flags);
  return withSession(context, stackRef, async (session) => {
    const { emit, signal } = session;
    const wish = { ...flags, from: context.cwd, settleMs: context.global.timeoutMs };
    const result = await sendTraffic(session, wish, () => tryReports(context.cwd, flags));
    const { report } = result;
    const unwritten = await writeReports(context.cwd, flags, result).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (unwritten !== undefined)
      emit({ type: 'warning', text: `the result is not in its files: ${errorText(unwritten)}` });
    const shortfall = rateShortfall(report);
    if (shortfall !== undefined) emit({ type: 'warning', text: shortfall });
    // A run that took an hour is told, whatever became of its files.
    const failure = trafficFailure(report, signal) ?? (unwritten instanceof StackctlError ? unwritten : undefined);
    return { data: report, text: trafficText(report), ...defined({ failure }) };
  });
};
