import { randomBytes } from 'node:crypto';
import { StackctlError } from '../../errors.ts';
import { runIdOf } from '../../stack/contract/event-id.ts';
import { loadProfile } from '../../traffic/load-profile.ts';
import type { TrafficReport } from '../../traffic/report.ts';
import type { SeedInput } from '../../traffic/seed-input.ts';
import { seedTraffic, servicesOf } from '../../traffic/seed-traffic.ts';
import type { TrafficResult } from '../../traffic/summary.ts';
import type { Threshold } from '../../traffic/thresholds.ts';
import { requireReady } from '../session/running.ts';
import type { OpenSession } from '../session/session.ts';
import { interruptedRun } from './interrupted-run.ts';
import { underRunLock } from './run-lock.ts';

/** Without a count, a duration, and without `untilStopped`. */
export const COUNT = 1000;

/** What is sent; undefined: as the profile says, or as `seedTraffic` does without. */
export interface TrafficWish {
  readonly profile: string | undefined;
  /** Folder from which messages name the profile's file. */
  readonly from: string;
  readonly count: number | undefined;
  /** Milliseconds. */
  readonly duration: number | undefined;
  readonly untilStopped?: true | undefined;
  readonly enough?: SeedInput['enough'];
  readonly isPart?: true | undefined;
  readonly isDisturbed?: true | undefined;
  readonly seed: number;
  /** Per second. */
  readonly rate: number | undefined;
  readonly concurrency: number | undefined;
  readonly retry?: true | undefined;
  readonly threshold: readonly Threshold[];
  readonly epoch: 'now' | number | undefined;
  /** Longest wait for the stores, in milliseconds. */
  readonly settleMs: number | undefined;
  readonly watch?: SeedInput['watch'];
}

/**
 * Sends events of a profile of the project's stack and reads them back. Takes no lock of the project: services may be
 * restarted meanwhile.
 * @param ready called when nothing is in the way, before anything is sent.
 * @throws E_PROFILE_NOT_FOUND, E_PROFILE_INVALID, E_NOT_RUNNING, E_UNHEALTHY and what `seedTraffic` throws.
 */
export async function sendTraffic(
  session: OpenSession,
  wish: TrafficWish,
  ready: () => Promise<void> = async () => undefined,
): Promise<TrafficResult> {
  const { emit, signal } = session;
  const { profile, refuse } = await loadProfile(session.stack, wish.profile, wish.from);
  const stack = await requireReady(session, servicesOf(profile, session.stack));
  await ready();
  const isTimed = wish.duration !== undefined || wish.untilStopped === true;
  const bytes = randomBytes(6);
  const send = (): Promise<TrafficResult> =>
    seedTraffic({
      ...{ stack, profile, refuse, emit, signal },
      count: wish.count ?? (isTimed ? undefined : COUNT),
      durationMs: wish.duration,
      untilStopped: wish.untilStopped === true,
      enough: wish.enough,
      isPart: wish.isPart === true,
      isDisturbed: wish.isDisturbed === true,
      seed: wish.seed,
      ratePerS: wish.rate ?? (isTimed ? profile.arrival.rate : undefined),
      concurrency: wish.concurrency,
      thresholds: wish.threshold,
      epochMs: wish.epoch === 'now' ? Date.now() : wish.epoch,
      settleMs: wish.settleMs,
      retry: wish.retry === true,
      watch: wish.watch,
      clock: performance,
      date: () => new Date(),
      random: () => bytes,
    });
  return underRunLock(session.paths, runIdOf(bytes), 'seed traffic', send);
}

const AGAIN = 'What was sent is read back above. The same command is another run, from the first event on.';

/** Undefined: passed. Otherwise what ends the run, with its exit code. */
export function trafficFailure(report: TrafficReport, { reason }: AbortSignal): StackctlError | undefined {
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

function wrong(
  { run, sinks, stores, thresholds }: TrafficReport,
  details: Readonly<Record<string, unknown>>,
): StackctlError {
  const proofs = stores.filter(({ guarantee }) => guarantee === 'stored');
  const senders = [...new Set(sinks.map(({ service }) => service))];
  const hint =
    `Run: stackctl status; stackctl logs ${senders.join(' ')}, which acknowledged the events; and stackctl logs of the service ` +
    'whose store is named.';
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
