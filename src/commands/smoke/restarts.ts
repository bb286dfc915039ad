import { errorText, StackctlError } from '../../errors.ts';
import { counted } from '../../lib/counted.ts';
import type { ProgressEvent } from '../../lib/events.ts';
import { deadline, poll } from '../../lib/poll.ts';
import { type Acks, createAcks } from '../../smoke/acks.ts';
import { lossesOf, lossText } from '../../smoke/losses.ts';
import { failed, type PhaseResult, skipped } from '../../smoke/results.ts';
import { profilesOf } from '../../traffic/load-profile.ts';
import type { TrafficReport } from '../../traffic/report.ts';
import { trafficFailure } from '../seed/send-traffic.ts';
import { foundText } from './found-text.ts';
import { type Held, heldOf } from './keeps-data.ts';
import type { SmokeProject } from './own-project.ts';
import { runVerb } from './run-verb.ts';
import { sendProfile } from './send.ts';

/** Enough to be on the way at every moment, and little beside what the restarts cost. */
const RATE_PER_S = 200;

/**
 * Restarts every service while events of the first profile come in, and reads these back: what was acknowledged is there, whatever was
 * refused meanwhile.
 */
export async function restartsUnderTraffic(project: SmokeProject): Promise<PhaseResult> {
  const [profile] = await profilesOf(project.stack);
  if (profile === undefined) return restartsAlone(project);
  const acks = createAcks();
  const enough = new AbortController();
  const { sending, begun } = startSending(project, { profile, acks, enough: enough.signal });
  const run = await begun;
  const before = await heldOf(project, new Map([[profile, run]])).catch(nothingIfUnread);
  const restarted = await runVerb(noting(project, acks), ['restart', '--no-measure']).then(
    ({ data, failure }) => ({ data, error: failure }),
    (error: unknown) => ({ data: null, error }),
  );
  acks.begin({ type: 'after' });
  enough.abort();
  return judged(await sending, { ...restarted, acks, before });
}

/** Without it less can be said of what is lost; that a store cannot be read is told when the events are read back. */
function nothingIfUnread(error: unknown): readonly Held[] {
  if (error instanceof StackctlError) return [];
  throw error;
}

async function restartsAlone(project: SmokeProject): Promise<PhaseResult> {
  const { failure } = await runVerb(project, ['restart']);
  if (failure !== undefined) throw failure;
  return { ...skipped('the stack has no traffic profile: restarted without traffic') };
}

/** A master is handed over before it is restarted: that belongs to its restart. */
const HAND_OVER = /^hand-over:/;

/** The same project, whose restarts are noted beside the acknowledgements. */
function noting(project: SmokeProject, acks: Acks): SmokeProject {
  const names = new Set(project.stack.services.flatMap(({ instances }) => instances.map(({ name }) => name)));
  const emit = (event: ProgressEvent): void => {
    const instance = event.type === 'step' && event.state === 'start' ? event.id.replace(HAND_OVER, '') : '';
    if (names.has(instance)) acks.begin({ type: 'during', instance });
    project.context.emit(event);
  };
  return { ...project, context: { ...project.context, emit } };
}

interface Started {
  readonly sending: Promise<TrafficReport>;
  /** Resolves to the run when the first events are acknowledged, or nothing is for a while; rejects where nothing can be sent. */
  readonly begun: Promise<string>;
}

interface Sending {
  readonly profile: string;
  readonly acks: Acks;
  readonly enough: AbortSignal;
}

function startSending(project: SmokeProject, { profile, acks, enough }: Sending): Started {
  let sending: Promise<TrafficReport> | undefined;
  let answered = 0;
  const begun = new Promise<string>((resolve, reject) => {
    const watch = (run: string) => {
      const isBegun = () => acks.count >= FIRST_ACKED || answered >= MOST_ANSWERED;
      until(isBegun, project.context.signal).then(() => resolve(run), reject);
      return (sequence: number, { type }: { readonly type: string }): void => {
        answered += 1;
        if (type === 'acked') acks.note(sequence);
      };
    };
    const wish = { seed: 2, rate: RATE_PER_S, untilStopped: true, isDisturbed: true, enough, watch } as const;
    sending = sendProfile(project, profile, wish);
    sending.catch(reject);
  });
  if (sending === undefined) throw new Error('nothing is sent');
  return { sending, begun };
}

/** So many that a server which forgets them is found out. */
const FIRST_ACKED = 50;
/** Whoever has acknowledged fewer of so many, or by then, is restarted all the same: that nothing is proven is told at the end. */
const MOST_ANSWERED = 500;
const FIRST_ACKED_MS = 10_000;

async function until(isBegun: () => boolean, signal: AbortSignal): Promise<void> {
  await poll(async () => isBegun() || undefined, {
    everyMs: 20,
    signal: deadline(FIRST_ACKED_MS, signal),
  }).catch(() => signal.throwIfAborted());
}

interface Restarted {
  readonly data: unknown;
  readonly error: unknown;
  readonly acks: Acks;
  /** What the stores held of the run before anything was restarted. */
  readonly before: readonly Held[];
}

function judged(report: TrafficReport, { data, error, acks, before }: Restarted): PhaseResult {
  const { profile, acked, rejected, unknown } = report;
  const seen =
    `${profile}: ${counted(acked, 'event')} acked meanwhile (${rejected} refused, ${unknown} open), ` +
    foundText(report);
  const lost = lossesOf(report.stores, acks, new Map(before.map(({ store, found }) => [store, found])));
  const all = { restart: data, traffic: report, lost };
  const whys = lost.flatMap((one) =>
    lossText(
      one,
      programOf(
        report,
        before.find(({ store }) => store === one.store),
      ),
    ),
  );
  if (error !== undefined)
    return { ...failed(error, seen, all), verdict: 'fail', reasons: [errorText(error), ...whys] };
  const failure = trafficFailure(report, new AbortController().signal);
  if (failure === undefined) return { verdict: 'pass', reasons: [], seen, data: all };
  const result = failed(failure, seen, all);
  return { ...result, reasons: [...result.reasons, ...whys] };
}

/** Who acknowledged what a store has to hold; undefined: the service of the store itself, or it is not known. */
function programOf({ sinks }: TrafficReport, held: Held | undefined): string | undefined {
  if (held === undefined || sinks.some(({ service }) => service === held.service)) return undefined;
  return sinks.map(({ service }) => service).join(' or ');
}
