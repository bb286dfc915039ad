import { StackctlError } from '../errors.ts';
import { runIdOf } from '../stack/contract/event-id.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { TrafficRun } from '../stack/contract/traffic.ts';
import { applies } from './check-profile.ts';
import { compileEvents } from './generate.ts';
import { createLedger } from './ledger.ts';
import { createMeasure } from './measure/measure.ts';
import { openTargets } from './open-targets.ts';
import type { TrafficProfile } from './profile-schema.ts';
import { oldestTime, whyNoProof } from './proof.ts';
import { readAll } from './read-back.ts';
import { reportOf } from './report.ts';
import type { SeedInput } from './seed-input.ts';
import { sendAll } from './send.ts';
import { createRepeats } from './sending.ts';
import type { TrafficResult } from './summary.ts';

/**
 * Sends the events of a profile, waits until the stores have them, and says whether they do. An interrupt ends the sending: what is
 * on its way is waited for, and everything is read back.
 * @throws E_NOT_READY when the services cannot be reached, E_PROFILE_INVALID when one of them says that the profile cannot
 * be right (a table that is not there): nothing was sent then.
 */
export async function seedTraffic(input: SeedInput): Promise<TrafficResult> {
  const { profile, stack, count, seed, clock, ratePerS } = input;
  const epochMs = input.epochMs ?? (profile.epoch === 'now' ? input.date().getTime() : profile.epoch);
  const oldestMs = oldestTime(profile, epochMs);
  const fields = Object.keys(profile.body);
  const run: TrafficRun = { runId: runIdOf(input.random(6)), oldestMs, fields, signal: input.signal };
  // With a duration nobody knows how many there will be.
  const known = input.durationMs === undefined && input.untilStopped !== true ? count : undefined;
  const targets = await openTargets({ profile, stack, count: known, epochMs, refuse: input.refuse }, run);
  try {
    const { batch } = profile.send;
    const inFlight = input.concurrency ?? profile.send.inFlight;
    const [ledger, measure] = [createLedger(), createMeasure(inFlight)];
    const repeats = createRepeats(profile.send.repeat, seed);
    const [startedAt, startedMs] = [clock.now(), input.date().getTime()];
    const ended = await sendAll(input, {
      eventAt: compileEvents({ profile, seed, runId: run.runId, epochMs }),
      ...{ ledger, measure, sink: targets.sink, repeats, batch, inFlight },
      count: count ?? Number.POSITIVE_INFINITY,
      durationMs: input.durationMs ?? Number.POSITIVE_INFINITY,
      now: () => clock.now() - startedAt,
      stop: input.signal,
    });
    const durationMs = clock.now() - startedAt;
    if (ended === 'stopped') {
      input.emit({ type: 'note', text: 'stopped: what was sent is read back; Ctrl-C again ends the program' });
    }
    const reading = { ...input, runId: run.runId, signal: readSignal(input.signal) };
    const answers = [...targets.unfit, ...(await readAll(reading, targets.stores, ledger))];
    const report = reportOf({
      ...{ profile: profile.profile, seed, runId: run.runId, epochMs, count, durationMs, ended },
      pace: { ratePerS, inFlight, measure },
      thresholds: [...profile.thresholds, ...(input.thresholds ?? [])],
      interrupted: reading.signal.aborted || (ended === 'stopped' && input.untilStopped !== true),
      ...{ ledger, answers, repeated: repeats.count },
    });
    return { report, startedMs, intervals: measure.series.intervals() };
  } finally {
    await targets.close();
  }
}

/** An interrupt that ended the sending does not end the reading: the next one ends the program. Whoever terminates it does not wait. */
function readSignal(signal: AbortSignal): AbortSignal {
  const isInterrupt = signal.reason instanceof StackctlError && signal.reason.code === 'E_INTERRUPTED';
  return signal.aborted && isInterrupt ? new AbortController().signal : signal;
}

/** The services that a run of this profile talks to. */
export function servicesOf({ send, stores }: TrafficProfile, stack: Stack): readonly string[] {
  const read = stores.filter((store) => applies(store.when, stack) && whyNoProof(store, stack, 1) === undefined);
  return [...new Set([send.service, ...read.map(({ service }) => service)])];
}
