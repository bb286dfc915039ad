import { randomBytes } from 'node:crypto';
import { errorText, StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { rateShortfall, trafficText } from '../../output/traffic.ts';
import { runIdOf } from '../../stack/contract/event-id.ts';
import { loadProfile } from '../../traffic/load-profile.ts';
import type { TrafficReport } from '../../traffic/report.ts';
import { seedTraffic, servicesOf } from '../../traffic/seed-traffic.ts';
import type { CommandModule } from '../line/command.ts';
import { requireReady } from '../session/running.ts';
import { withSession } from '../session/session.ts';
import { cleanTraffic } from './clean.ts';
import { emitEvents } from './emit.ts';
import { COUNT, type SeedFlags, withSeedFlags } from './flags.ts';
import { interruptedRun } from './interrupted-run.ts';
import { tryReports, writeReports } from './reports.ts';
import { underRunLock } from './run-lock.ts';

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
    const { profile, refuse } = await loadProfile(session.stack, flags.profile);
    const stack = await requireReady(session, servicesOf(profile, session.stack));
    await tryReports(context.cwd, flags);
    const isTimed = flags.duration !== undefined || flags.untilStopped === true;
    const bytes = randomBytes(6);
    const send = (): ReturnType<typeof seedTraffic> =>
      seedTraffic({
        ...{ stack, profile, refuse, emit, signal },
        count: flags.count ?? (isTimed ? undefined : COUNT),
        durationMs: flags.duration,
        untilStopped: flags.untilStopped === true,
        seed: flags.seed,
        ratePerS: flags.rate ?? (isTimed ? profile.arrival.rate : undefined),
        concurrency: flags.concurrency,
        thresholds: flags.threshold,
        epochMs: flags.epoch === 'now' ? Date.now() : flags.epoch,
        settleMs: context.global.timeoutMs,
        retry: flags.retry === true,
        clock: performance,
        date: () => new Date(),
        random: () => bytes,
      });
    const result = await underRunLock(session.paths, runIdOf(bytes), 'seed traffic', send);
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
    const failure = failureOf(report, signal) ?? (unwritten instanceof StackctlError ? unwritten : undefined);
    return { data: report, text: trafficText(report), ...defined({ failure }) };
  });
};

const AGAIN = 'What was sent is read back above. The same command is another run, from the first event on.';

/** Undefined: passed. Otherwise what ends the run, with its exit code. */
export function failureOf(report: TrafficReport, { reason }: AbortSignal): StackctlError | undefined {
  if (report.interrupted && reason instanceof StackctlError) return interruptedRun(reason, AGAIN);
  const { run, reasons, verdict } = report;
  const details = { run, reasons };
  switch (verdict) {
    case 'pass':
      return undefined;
    case 'inconclusive':
      return new StackctlError('E_TRAFFIC_INCONCLUSIVE', `run ${run} could not be judged`, {
        hint:
          report.acked === 0 && report.asked > 0
            ? 'Why nothing was acknowledged stands above, under the counts. More of it: stackctl logs of the service'
            : 'Run it again when the reason is gone. What runs: stackctl status',
        details,
      });
    case 'fail':
      return wrong(report, details);
  }
}

function wrong({ run, stores, thresholds }: TrafficReport, details: Readonly<Record<string, unknown>>): StackctlError {
  const proofs = stores.filter(({ guarantee }) => guarantee === 'stored');
  const hint = 'Run: stackctl status; and stackctl logs of the service that is named.';
  if (proofs.some(({ missing }) => missing !== null && missing > 0)) {
    const message = `run ${run} is not verified: acknowledged events are missing in a store`;
    return new StackctlError('E_TRAFFIC_LOST', message, { hint, details });
  }
  const contradicts = proofs.some(
    ({ phantom, duplicates, contradictions }) => (phantom ?? 0) + (duplicates ?? 0) + contradictions.length > 0,
  );
  if (contradicts) {
    const message = `run ${run} is not verified: a store does not hold what was acknowledged`;
    return new StackctlError('E_TRAFFIC_UNVERIFIED', message, { hint, details });
  }
  const missed = thresholds.filter(({ passed }) => passed === false).map(({ threshold }) => threshold);
  return new StackctlError('E_TRAFFIC_THRESHOLD', `run ${run} did not reach: ${missed.join(', ')}`, {
    hint: 'The times above say where it was lost; with --html the page shows when.',
    details,
  });
}
