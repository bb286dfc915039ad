import { StackctlError } from '../errors.ts';
import { runIdOf } from '../stack/contract/event-id.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { TrafficRun } from '../stack/contract/traffic.ts';
import { unknownSink } from './check-operations.ts';
import { applies } from './check-profile.ts';
import { openTargets } from './open-targets.ts';
import { eventsOf, type TrafficPlan } from './operations.ts';
import { planFor } from './plan-for.ts';
import type { TrafficProfile } from './profile-schema.ts';
import { oldestTime, whyNoProof } from './proof.ts';
import { readAll } from './read-back.ts';
import { reportOf } from './report.ts';
import { repeatedly } from './retry.ts';
import { createLanes, shownRun } from './run-lanes.ts';
import type { SeedInput } from './seed-input.ts';
import { sendAll } from './send.ts';
import { ledgerOf } from './store-routes.ts';
import type { TrafficResult } from './summary.ts';
import type { Threshold } from './thresholds.ts';

/**
 * Sends the events of a profile, waits until the stores have them, and says whether they do. An interrupt ends the sending: what is
 * on its way is waited for, and everything is read back.
 * @throws E_NOT_READY when the services cannot be reached, E_PROFILE_INVALID when one of them says that the profile cannot
 * be right (a table that is not there), E_USAGE where events that are sent again could be stored twice: nothing was sent then.
 */
export async function seedTraffic(input: SeedInput): Promise<TrafficResult> {
  const { profile, stack, count, seed, clock } = input;
  const plan = planFor(profile, stack);
  checkThresholds(input.thresholds ?? [], plan);
  const epochMs = input.epochMs ?? (profile.epoch === 'now' ? input.date().getTime() : profile.epoch);
  const oldestMs = oldestTime(
    plan.operations.map(({ draw }) => draw),
    epochMs,
  );
  const run: TrafficRun = {
    ...{ runId: runIdOf(input.random(6)), oldestMs, fields: [], signal: input.signal },
    ...(input.retry && { repeats: true }),
  };
  // With a duration nobody knows how many there will be.
  const known = input.durationMs === undefined && input.untilStopped !== true ? count : undefined;
  const targets = await openTargets({ profile, plan, stack, count: known, epochMs, refuse: input.refuse }, run);
  try {
    const sinks = input.retry ? await repeatedly(input, plan, targets.sinks, run) : targets.sinks;
    const events = eventsOf({ profile, plan, seed, runId: run.runId, epochMs });
    const heard = input.watch?.(run.runId);
    const lanes = createLanes({ plan, events, targets: sinks, seed, concurrency: input.concurrency, heard });
    const [startedAt, startedMs] = [clock.now(), input.date().getTime()];
    const now = (): number => clock.now() - startedAt;
    const ended = await sendAll(input, {
      ...{
        runId: run.runId,
        sinks: plan.sinks,
        lanes: lanes.lanes,
        lanesOf: lanes.lanesOf,
        now,
        shown: shownRun(lanes, now),
      },
      count: count ?? Number.POSITIVE_INFINITY,
      durationMs: input.durationMs ?? Number.POSITIVE_INFINITY,
      stop: stopOf(input),
    });
    const durationMs = now();
    if (ended === 'stopped' && input.signal.aborted) {
      input.emit({ type: 'note', text: 'stopped: what was sent is read back; Ctrl-C again ends the program' });
    }
    const reading = { ...input, runId: run.runId, signal: readSignal(input.signal) };
    const stores = targets.stores.map((store) => ({
      ...store,
      ledger: ledgerOf(store.routes, plan, lanes.ledgers, events),
      mayRepeat: store.routes.some((route) => lanes.sinks[plan.routes[route]?.sink ?? -1]?.repeats.isAny),
    }));
    const answers = [...targets.unfit, ...(await readAll(reading, stores))];
    const report = reportOf({
      ...{ profile: profile.profile, seed, runId: run.runId, epochMs, count, durationMs, ended, plan, lanes, answers },
      ratePerS: input.ratePerS,
      thresholds: [...(input.isDisturbed === true ? [] : profile.thresholds), ...(input.thresholds ?? [])],
      interrupted: reading.signal.aborted || (ended === 'stopped' && input.untilStopped !== true),
    });
    return { report, startedMs, intervals: lanes.measure.series.intervals() };
  } finally {
    await targets.close();
  }
}

function stopOf({ signal, enough }: SeedInput): AbortSignal {
  return enough === undefined ? signal : AbortSignal.any([signal, enough]);
}

/** @throws E_USAGE for one of the command line that is about what the profile does not send to. */
function checkThresholds(thresholds: readonly Threshold[], plan: TrafficPlan): void {
  for (const threshold of thresholds) {
    const problem = unknownSink(threshold, plan);
    if (problem === undefined) continue;
    throw new StackctlError('E_USAGE', `--threshold ${threshold.text}: ${problem}`, {
      hint: 'Nothing was sent. Without a name and a dot before the metric it is about all of them together.',
    });
  }
}

/** An interrupt that ended the sending does not end the reading: the next one ends the program. Whoever terminates it does not wait. */
function readSignal(signal: AbortSignal): AbortSignal {
  const isInterrupt = signal.reason instanceof StackctlError && signal.reason.code === 'E_INTERRUPTED';
  return signal.aborted && isInterrupt ? new AbortController().signal : signal;
}

/** The services that a run of this profile talks to. */
export function servicesOf(profile: TrafficProfile, stack: Stack): readonly string[] {
  return [
    ...new Set([...planFor(profile, stack).sinks.map(({ service }) => service), ...storeServicesOf(profile, stack)]),
  ];
}

/** Those that it is read back from. */
export function storeServicesOf({ stores }: Pick<TrafficProfile, 'stores'>, stack: Stack): readonly string[] {
  const read = stores.filter((store) => applies(store.when, stack) && whyNoProof(store, stack, 1) === undefined);
  return [...new Set(read.map(({ service }) => service))];
}
