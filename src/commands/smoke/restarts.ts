import { errorText, StackctlError } from '../../errors.ts';
import { counted } from '../../lib/counted.ts';
import { deadline, poll } from '../../lib/poll.ts';
import { failed, type PhaseResult, skipped } from '../../smoke/results.ts';
import { profilesOf } from '../../traffic/load-profile.ts';
import type { TrafficReport } from '../../traffic/report.ts';
import { sendTraffic, trafficFailure } from '../seed/send-traffic.ts';
import { withSession } from '../session/session.ts';
import { foundText } from './found-text.ts';
import type { SmokeProject } from './own-project.ts';
import { runVerb } from './run-verb.ts';

/** Enough to be on the way at every moment, and little beside what the restarts cost. */
const RATE_PER_S = 200;

/**
 * Restarts every service while events of the first profile come in, and reads these back: what was acknowledged is there, whatever was
 * refused meanwhile.
 */
export async function restartsUnderTraffic(project: SmokeProject): Promise<PhaseResult> {
  const [profile] = await profilesOf(project.stack);
  if (profile === undefined) return restartsAlone(project);
  const stop = new AbortController();
  const { sending, begun } = startSending(project, profile, stop.signal);
  await begun;
  const restarted = await runVerb(project, ['restart', '--no-measure']).then(
    ({ data, failure }) => ({ data, error: failure }),
    (error: unknown) => ({ data: null, error }),
  );
  stop.abort(new StackctlError('E_INTERRUPTED', 'everything was restarted'));
  const report = await sending;
  return judged(report, restarted);
}

async function restartsAlone(project: SmokeProject): Promise<PhaseResult> {
  const { failure } = await runVerb(project, ['restart']);
  if (failure !== undefined) throw failure;
  return { ...skipped('the stack has no traffic profile: restarted without traffic') };
}

interface Started {
  readonly sending: Promise<TrafficReport>;
  /** The first events are acknowledged, or nothing is for a while; rejects where nothing can be sent. */
  readonly begun: Promise<void>;
}

function startSending(project: SmokeProject, profile: string, stop: AbortSignal): Started {
  let sending: Promise<TrafficReport> | undefined;
  const begun = new Promise<void>((resolve, reject) => {
    const watch = (acked: () => number) => {
      untilAcked(acked, project.context.signal).then(resolve, reject);
    };
    sending = send(project, { profile, watch, stop });
    sending.catch(reject);
  });
  if (sending === undefined) throw new Error('nothing is sent');
  return { sending, begun };
}

/** So many that a server which forgets them is found out. */
const FIRST_ACKED = 50;
/** Whoever has acknowledged nothing by then is restarted all the same: that nothing is proven is told at the end. */
const FIRST_ACKED_MS = 10_000;

async function untilAcked(acked: () => number, signal: AbortSignal): Promise<void> {
  await poll(async () => acked() >= FIRST_ACKED || undefined, {
    everyMs: 20,
    signal: deadline(FIRST_ACKED_MS, signal),
  }).catch(() => signal.throwIfAborted());
}

interface Sent {
  readonly profile: string;
  readonly watch: (acked: () => number) => void;
  readonly stop: AbortSignal;
}

function send({ context, stackRef }: SmokeProject, { profile, watch, stop }: Sent): Promise<TrafficReport> {
  return withSession(context, stackRef, async (session) => {
    const signal = AbortSignal.any([session.signal, stop]);
    const none = {
      count: undefined,
      duration: undefined,
      concurrency: undefined,
      epoch: undefined,
      settleMs: undefined,
    };
    const wish = {
      ...none,
      profile,
      from: context.cwd,
      untilStopped: true as const,
      seed: 2,
      rate: RATE_PER_S,
      threshold: [],
      watch,
    };
    return (await sendTraffic({ ...session, signal }, wish)).report;
  });
}

interface Restarted {
  readonly data: unknown;
  readonly error: unknown;
}

function judged(report: TrafficReport, { data, error }: Restarted): PhaseResult {
  const { profile, acked, rejected, unknown } = report;
  const seen =
    `${profile}: ${counted(acked, 'event')} acked meanwhile (${rejected} refused, ${unknown} open), ` +
    foundText(report);
  const all = { restart: data, traffic: report };
  if (error !== undefined) return { ...failed(error, seen, all), verdict: 'fail', reasons: [errorText(error)] };
  const failure = trafficFailure(report, new AbortController().signal);
  return failure === undefined ? { verdict: 'pass', reasons: [], seen, data: all } : failed(failure, seen, all);
}
