import { step } from '../lib/events.ts';
import type { ClusterEvent, Writing } from '../stack/contract/failover.ts';
import { breakPrimary } from './break-primary.ts';
import { type CleanUp, runCleanUps } from './clean-ups.ts';
import { createHistory, type History } from './history.ts';
import { type HistoryFile, openHistoryFile } from './history-file.ts';
import { readBack } from './read-back.ts';
import { type Observations, type RunReport, report } from './report.ts';
import type { RunInput } from './run-input.ts';
import { endOf } from './saved-run.ts';
import { explanationOf, waitForFirstWrite, waitForSwitch } from './wait-for-switch.ts';
import { rejoin, waitUntilSteady } from './wait-until-steady.ts';
import { warmUp } from './warm-up.ts';

/**
 * One scenario: writes, breaks the primary, waits, heals, and judges what is left. Heals and deletes its keys however it
 * ends; when it is killed, the next command reads in the fault journal what to heal.
 * @throws E_NOT_READY when the cluster is not steady before the fault, E_FAULT_FAILED, the reason of `signal`.
 */
export async function runScenario(input: RunInput): Promise<RunReport> {
  const before = await waitUntilSteady(input);
  const cleanUps: CleanUp[] = [];
  try {
    return await measure(input, before.instance, await startObserving(input, cleanUps), cleanUps);
  } finally {
    await runCleanUps(cleanUps, input.emit);
  }
}

/** What runs from before the fault until the end: the writes, and everything that watches them. */
interface Observing {
  readonly file: HistoryFile;
  readonly history: History;
  readonly events: readonly ClusterEvent[];
  readonly writing: Writing;
}

/** Every part that is open has its clean-up, also when a later one cannot be opened. */
async function startObserving(input: RunInput, cleanUps: CleanUp[]): Promise<Observing> {
  const { target, capability, runId, ratePerS } = input;
  const file = await openHistoryFile({ folder: input.histories, runId, keep: input.keptHistories });
  cleanUps.push({ what: 'close the history', run: () => file.close() });
  const history = createHistory((record) => file.append(record));
  const events: ClusterEvent[] = [];
  const watch = await capability.watch(target, (event) => events.push(event));
  cleanUps.push({ what: 'close the subscriptions', run: () => watch.close() });
  cleanUps.push({ what: 'delete the written values', run: () => capability.cleanUp(target, runId) });
  const writing = await capability.startWriting(target, { runId, ratePerS, onRecord: history.append });
  cleanUps.push({ what: 'end the writer', run: () => writing.close() });
  return { file, history, events, writing };
}

/** The fault, what the cluster makes of it, and the judgement. */
async function measure(
  input: RunInput,
  oldPrimary: string,
  { file, history, events, writing }: Observing,
  cleanUps: CleanUp[],
): Promise<RunReport> {
  const { target, capability, emit, ratePerS } = input;
  await step(emit, { id: 'warm-up', title: `write ${ratePerS} values a second` }, () => warmUp(input, history.records));
  const faultAt = input.date().toISOString();
  const broken = await breakPrimary(input, oldPrimary, (heal) => cleanUps.push(heal));
  const view = { oldPrimary, fault: broken.fault, events, history: history.records };
  await step(emit, { id: 'switch', title: 'wait for a new master' }, (progress) =>
    waitForSwitch(input, view, progress),
  );
  await broken.heal();
  const after = await step(emit, { id: 'rejoin', title: `wait until ${oldPrimary} is a replica` }, (progress) =>
    rejoin(input, progress),
  );
  if (after !== undefined) await waitForFirstWrite(input, view);
  const stats = await writing.stop(input.limits.drainMs);
  await writing.close();
  const finalRead = await step(emit, { id: 'read', title: 'read back every value' }, () => readBack(input));
  const observed: Observations = {
    ...view,
    scenario: input.scenario.name,
    runId: input.runId,
    faultAt,
    newPrimary: after?.instance,
    finalRead,
    explanation: explanationOf(input, view),
    stats,
    ratePerS,
    discoveryMs: writing.discoveryMs,
    arbiter: capability.arbiterTitle,
    detectionMs: capability.detectionMs(target),
    thresholds: input.thresholds,
    historyFile: file.path,
  };
  file.append(endOf(observed));
  return report(observed);
}
