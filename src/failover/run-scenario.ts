import { errorText, StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { deadline, poll } from '../lib/poll.ts';
import { addFault, removeFault } from '../project/fault-journal.ts';
import type {
  ClusterEvent,
  FailoverCapability,
  FailoverInput,
  FinalRead,
  Scenario,
} from '../stack/contract/failover.ts';
import type { RecordedPrimary } from '../stack/contract/model.ts';
import type { FaultKind, Runtime } from '../stack/contract/runtime.ts';
import type { FaultCall } from './fault-moment.ts';
import { createHistory, type WriteRecord } from './history.ts';
import { openHistoryFile } from './history-file.ts';
import { type RunReport, report } from './report.ts';
import { MIN_ACKED, type Thresholds } from './verdict.ts';
import { explanationOf, waitForFirstWrite, waitForSwitch } from './wait-for-switch.ts';
import { type Clock, startWorkload } from './workload.ts';

export interface RunInput {
  readonly target: FailoverInput;
  readonly capability: FailoverCapability;
  readonly runtime: Pick<Runtime, 'name' | 'faults' | 'inject' | 'heal'>;
  readonly scenario: Scenario;
  readonly thresholds: Thresholds;
  /** Unique, sorts by time. */
  readonly runId: string;
  /** Writes per second. */
  readonly ratePerS: number;
  readonly limits: RunLimits;
  /** The project's fault journal. */
  readonly faults: string;
  /** Folder of the histories. */
  readonly histories: string;
  /** The command, for the journal. */
  readonly command: string;
  readonly clock: Clock;
  readonly date: () => Date;
  /** In [0, 1): moves the fault against the arbiters' own timers, so that repeated runs meet all phases. */
  readonly random: () => number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** In milliseconds. */
export interface RunLimits {
  readonly warmUpMs: number;
  /** From the fault until every arbiter has switched. */
  readonly switchMs: number;
  /** Until nothing is left of a failover, before the fault and after the heal. */
  readonly steadyMs: number;
  readonly drainMs: number;
  readonly readMs: number;
}

const KEPT_HISTORIES = 10;
const WARM_UP_MS = 1000;
const JITTER_MS = 1000;

/**
 * One scenario: writes, breaks the primary, waits, heals, and judges what is left. Heals and deletes its keys however it
 * ends; when it is killed, the fault journal tells the next command what to heal.
 * @throws E_NOT_READY when the cluster is not steady before the fault, E_FAULT_FAILED, the reason of `signal`.
 */
export async function run(input: RunInput): Promise<RunReport> {
  const { target, capability, runId, clock, emit, ratePerS, limits, signal } = input;
  const before = await step(emit, { id: 'steady', title: 'wait for a steady cluster' }, (progress) =>
    capability.steady(target, deadline(limits.steadyMs, signal), {
      ableToFailOver: true,
      onReasons: sayOnce(emit, progress),
    }),
  );
  const cleanUps: CleanUp[] = [];
  try {
    const file = await openHistoryFile({ folder: input.histories, runId, keep: KEPT_HISTORIES });
    cleanUps.push({ what: 'close the history', run: () => file.close() });
    const history = createHistory((record) => file.append(record));
    const events: ClusterEvent[] = [];
    const watch = await capability.watch(target, (event) => events.push(event));
    cleanUps.push({ what: 'close the subscriptions', run: () => watch.close() });
    cleanUps.push({ what: 'delete the written values', run: () => capability.cleanUp(target, runId) });
    const writer = await capability.openWriter(target, runId);
    cleanUps.push({ what: 'close the writer', run: () => writer.close() });
    const workload = startWorkload({ ratePerS, clock, write: writer.write, onRecord: history.append });
    cleanUps.push({ what: 'stop the writes', run: () => workload.stop() });

    await step(emit, { id: 'warm-up', title: `write ${ratePerS} values a second` }, () =>
      warmUp(input, history.records),
    );
    const faultAt = input.date().toISOString();
    const broken = await breakPrimary(input, before.instance, (heal) => cleanUps.push(heal));
    const view = { oldPrimary: before.instance, fault: broken.fault, events, history: history.records };
    await step(emit, { id: 'switch', title: 'wait for a new master' }, (progress) =>
      waitForSwitch(input, view, progress),
    );
    await broken.heal();
    const after = await step(emit, { id: 'rejoin', title: `wait until ${before.instance} is a replica` }, (progress) =>
      rejoin(input, progress),
    );
    if (after !== undefined) await waitForFirstWrite(input, view);
    workload.stop();
    await workload.drain(limits.drainMs);
    await writer.close();
    const finalRead = await step(emit, { id: 'read', title: 'read back every value' }, () => readBack(input));
    return report({
      scenario: input.scenario.name,
      runId,
      history: history.records,
      events,
      fault: broken.fault,
      faultAt,
      oldPrimary: before.instance,
      newPrimary: after?.instance,
      finalRead,
      explanation: explanationOf(input, view),
      stats: workload.stats(),
      ratePerS,
      discoveryMs: writer.discoveryMs,
      detectionMs: capability.detectionMs(target),
      thresholds: input.thresholds,
      historyFile: file.path,
    });
  } finally {
    await cleanUp(cleanUps, emit);
  }
}

interface CleanUp {
  readonly what: string;
  readonly run: () => Promise<void> | void;
}

/** Last in, first out. A failure is a warning, so that it neither hides the result nor stops the others. */
async function cleanUp(cleanUps: readonly CleanUp[], emit: Emit): Promise<void> {
  for (const { what, run } of [...cleanUps].reverse()) {
    try {
      await run();
    } catch (error) {
      emit({ type: 'warning', text: `could not ${what}: ${errorText(error)}` });
    }
  }
}

/** At least MIN_ACKED acknowledgements, a second, and a random moment. A cluster that is too slow is not waited for. */
async function warmUp({ clock, random, limits, signal }: RunInput, records: readonly WriteRecord[]): Promise<void> {
  const startedAt = clock.now();
  const atLeastMs = WARM_UP_MS + random() * JITTER_MS;
  const warm = () => {
    const long = clock.now() - startedAt;
    return long > limits.warmUpMs || (long >= atLeastMs && countAcked(records) >= MIN_ACKED + 1) ? true : undefined;
  };
  await poll(warm, { everyMs: 5, signal });
}

function countAcked(records: readonly WriteRecord[]): number {
  return records.filter(({ outcome }) => outcome === 'acked').length;
}

interface Broken {
  readonly fault: FaultCall;
  /** Idempotent. */
  readonly heal: () => Promise<void>;
}

/** Journal first, so that a kill between the two leaves a fault on record that is not there, and never the reverse. */
async function breakPrimary(input: RunInput, primary: string, onCleanUp: (heal: CleanUp) => void): Promise<Broken> {
  const { scenario, target, clock, emit, signal } = input;
  const { fault } = scenario;
  signal.throwIfAborted();
  if (fault === undefined) {
    const calledAt = clock.now();
    await step(emit, { id: 'fault', title: scenario.summary }, async () => scenario.trigger?.(target, signal));
    return { fault: { calledAt, returnedAt: calledAt }, heal: async () => undefined };
  }
  await addFault(input.faults, { instance: primary, fault, at: input.date().toISOString(), command: input.command });
  const heal = onceOnly(() => healPrimary(input, primary, fault));
  onCleanUp({ what: `heal ${primary} (run: stackctl heal)`, run: heal });
  const calledAt = clock.now();
  await step(emit, { id: 'fault', title: `${fault} ${primary}` }, () => input.runtime.inject(primary, fault));
  return { fault: { calledAt, returnedAt: clock.now() }, heal };
}

async function healPrimary({ runtime, faults, emit }: RunInput, primary: string, fault: FaultKind): Promise<void> {
  await step(emit, { id: 'heal', title: `heal ${primary}` }, () => runtime.heal(primary, fault));
  await removeFault(faults, { instance: primary, fault });
}

/** Only a success counts: what failed is tried again by the next call. */
function onceOnly(act: () => Promise<void>): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    await act();
    done = true;
  };
}

/** Undefined when the cluster does not become steady in time: the verdict says so. */
async function rejoin(
  { capability, target, limits, signal, emit }: RunInput,
  progress: (detail: string) => void,
): Promise<RecordedPrimary | undefined> {
  try {
    return await capability.steady(target, deadline(limits.steadyMs, signal), {
      onReasons: (reasons) => progress(reasons.join('; ')),
    });
  } catch (error) {
    if (!(error instanceof StackctlError && error.code === 'E_NOT_READY')) throw error;
    emit({ type: 'warning', text: error.message });
    return undefined;
  }
}

/** Undefined when it cannot be read: the verdict is then at most inconclusive. */
async function readBack({ capability, target, runId, limits, signal, emit }: RunInput): Promise<FinalRead | undefined> {
  try {
    return await capability.finalRead(target, runId, deadline(limits.readMs, signal));
  } catch (error) {
    signal.throwIfAborted();
    emit({
      type: 'warning',
      text: `the final read failed: ${errorText(error)}`,
    });
    return undefined;
  }
}

/** The first reasons are a line in a log too: the wait may take a minute. */
function sayOnce(emit: Emit, progress: (detail: string) => void): (reasons: readonly string[]) => void {
  let isFirst = true;
  return (reasons) => {
    if (isFirst) emit({ type: 'note', text: `not steady yet: ${reasons.join('; ')}` });
    isFirst = false;
    progress(reasons.join('; '));
  };
}
