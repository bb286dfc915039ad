import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { replayText } from '../../output/replay.ts';
import type { Stack } from '../../stack/contract/model.ts';
import { loadProfile } from '../../traffic/load-profile.ts';
import { planFor } from '../../traffic/plan-for.ts';
import type { DueItem } from '../../traffic/replay/read-replay.ts';
import { readReplay } from '../../traffic/replay/read-replay.ts';
import { hasInstants, type RecordingFormat } from '../../traffic/replay/recorded-item.ts';
import { STANDARD_INPUT } from '../../traffic/replay/recording-chunks.ts';
import { type ReplayReport, replayReport } from '../../traffic/replay/replay-report.ts';
import {
  openProfileTarget,
  openServiceTarget,
  type ReplayTarget,
  serviceFor,
  sinkFor,
} from '../../traffic/replay/replay-target.ts';
import { runReplay } from '../../traffic/replay/run-replay.ts';
import type { CommandContext, CommandModule } from '../line/command.ts';
import { requireReady } from '../session/running.ts';
import { type OpenSession, withSession } from '../session/session.ts';
import { interruptedRun } from './interrupted-run.ts';
import { type ReplayFlags, withReplayFlags } from './replay-flags.ts';
import { type Scanned, scanRecording } from './scan-recording.ts';

export const configure: CommandModule['configure'] = (command) => void withReplayFlags(command);

/** Takes no lock, as `seed traffic`. */
export const run: CommandModule<ReplayFlags>['run'] = async (context, args, flags) => {
  const [file = '', stackRef] = args;
  refuseBounds(flags);
  return withSession(context, stackRef, async (session) => {
    // A mistake in the middle of a file is told before its beginning is sent.
    const scanned =
      file === STANDARD_INPUT ? undefined : await scanRecording(readingOf(context, file, flags, false), context.signal);
    const { items, summary } = readingOf(context, file, flags, flags.loop === true);
    const first = await items.next();
    if (first.done === true) return nothingToSend(file);
    const target = await openTarget(session, flags, { first: first.value, scanned, cwd: context.cwd });
    try {
      const format = summary().format ?? 'jsonl';
      refuseRate(flags, format);
      const replayed = await runReplay({
        items: behind(first.value, items),
        send: target.send,
        dueOf: dueBy(flags),
        inFlight: flags.concurrency,
        title: `replay ${file === STANDARD_INPUT ? 'standard input' : file} to ${target.service}`,
        clock: performance,
        emit: session.emit,
        stop: context.signal,
        untilStopped: flags.loop === true,
      });
      const isStopped = replayed.ended === 'stopped';
      const report = replayReport({
        ...replayed,
        ...{ file, service: target.service, speed: flags.speed, ratePerS: flags.rate, inFlight: flags.concurrency },
        // A loop has no other end.
        interrupted: isStopped && !(flags.loop === true && isInterrupt(context.signal)),
        recording: summary(),
        thresholds: flags.threshold,
      });
      return { data: report, text: replayText(report), ...defined({ failure: failureOf(report, context.signal) }) };
    } finally {
      await target.close();
    }
  });
};

function readingOf({ cwd, stdin, signal }: CommandContext, file: string, flags: ReplayFlags, loop: boolean) {
  const { from, to, limitGap, format, timeField, keepCredentials = false } = flags;
  const path = file === STANDARD_INPUT ? file : resolve(cwd, file);
  return readReplay(
    { path, stdin, signal, format, timeField, keepCredentials },
    { speed: flags.speed, from, to, limitGapMs: limitGap, loop },
  );
}

async function* behind(first: DueItem, rest: AsyncGenerator<DueItem>): AsyncGenerator<DueItem> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function dueBy({ speed: given, rate: ratePerS }: ReplayFlags): (item: DueItem) => number | undefined {
  if (ratePerS !== undefined) return ({ sequence }) => (sequence * 1000) / ratePerS;
  return given === 'max' ? () => undefined : ({ dueMs }) => dueMs;
}

async function openTarget(
  session: OpenSession,
  flags: ReplayFlags,
  { first, scanned, cwd }: { readonly first: DueItem; readonly scanned: Scanned | undefined; readonly cwd: string },
): Promise<ReplayTarget> {
  const { request } = first.item;
  const ready = (names: readonly string[]): Promise<Stack> => requireReady(session, names);
  if (request.type !== 'event') {
    if (flags.profile !== undefined) {
      throw new StackctlError('E_USAGE', 'only events are sent where a profile sends its own', {
        hint: 'Name the service with --service, and leave --profile out.',
      });
    }
    const service = serviceFor(request.type, session.stack, flags.service);
    const stack = await ready([service.name]);
    return openServiceTarget(stack, serviceFor(request.type, stack, flags.service));
  }
  const loaded = await loadProfile(session.stack, flags.profile, cwd);
  const plan = planFor(loaded.profile, session.stack);
  const sink = sinkFor(plan, loaded.profile.profile, flags.service);
  const stack = await ready(plan.sinks.slice(sink, sink + 1).map(({ service }) => service));
  const fields = scanned?.fields ?? Object.keys(request.body);
  return openProfileTarget({ ...loaded, plan, sink, stack, fields, random: randomBytes, signal: session.signal });
}

function refuseRate({ rate: ratePerS }: ReplayFlags, format: RecordingFormat): void {
  if (ratePerS === undefined || !hasInstants(format)) return;
  throw new StackctlError('E_USAGE', `a recording of ${format} has instants, so it has a rate of its own`, {
    hint: 'Use --speed: 2 is twice as fast, max has no waits.',
  });
}

function isInterrupt({ reason }: AbortSignal): boolean {
  return reason instanceof StackctlError && reason.code === 'E_INTERRUPTED';
}

function refuseBounds({ from, to }: ReplayFlags): void {
  if (from === undefined || to === undefined || from.type !== to.type || from.ms < to.ms) return;
  throw new StackctlError('E_USAGE', '--from is not before --to, so nothing would be sent', {
    hint: 'Give --from the earlier one.',
  });
}

function nothingToSend(file: string): never {
  throw new StackctlError('E_TRAFFIC_INCONCLUSIVE', `${file} has nothing that could be sent`, {
    hint: 'What is left out, and why, stands in docs/traffic.md, "Replay"; --from and --to may have selected nothing.',
  });
}

/** Undefined: passed. Otherwise what ends the run, with its exit code. */
function failureOf(report: ReplayReport, { reason }: AbortSignal): StackctlError | undefined {
  if (report.interrupted && reason instanceof StackctlError) {
    return interruptedRun(
      reason,
      'The same command sends the recording from its beginning; --from leaves out what was sent.',
    );
  }
  const { verdict, reasons } = report;
  if (verdict === 'pass') return undefined;
  const details = { reasons };
  const hint = 'What was measured stands beside each threshold; what was refused, with its reason.';
  return verdict === 'fail'
    ? new StackctlError('E_TRAFFIC_THRESHOLD', `the replay did not reach what it has to`, { hint, details })
    : new StackctlError('E_TRAFFIC_INCONCLUSIVE', 'the replay could not be judged', { hint, details });
}
