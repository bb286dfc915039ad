import { defined } from '../lib/defined.ts';
import { step } from '../lib/events.ts';
import type { Writing } from '../stack/contract/failover.ts';
import type { RecordedPrimary } from '../stack/contract/model.ts';
import type { ClusterEvent } from '../stack/contract/scenario.ts';
import { type CleanUp, runCleanUps } from './clean-ups.ts';
import {
  companionsOf,
  observedOf,
  startClients,
  type WritingClient,
  waitForClients,
} from './clients/write-by-clients.ts';
import { createHistory, type History } from './history.ts';
import { type HistoryFile, openHistoryFile } from './history-file.ts';
import { createOpenFaults } from './open-faults.ts';
import { readBack } from './read-back.ts';
import { remediesFor } from './remedies.ts';
import { report } from './report.ts';
import type { Expected } from './run-expectations.ts';
import type { RunInput } from './run-input.ts';
import type { Observations, RunReport } from './run-report.ts';
import { endOf } from './saved-run.ts';
import { collectSelfTold, type SelfTold } from './self-told.ts';
import { setStage } from './stage.ts';
import { waitForWrite } from './wait-for-switch.ts';
import { rejoin, waitUntilSteady } from './wait-until-steady.ts';
import { coolDown, warmUp } from './warm-up.ts';

/**
 * One scenario: writes, plays it, heals, and judges what is left. Heals and deletes its keys however it
 * ends; when it is killed, the next command reads in the fault journal what to heal.
 * @throws E_NOT_READY when the cluster is not steady before the fault, E_FAULT_FAILED, the reason of `signal`.
 */
export async function runScenario(input: RunInput): Promise<RunReport> {
  const before = await waitUntilSteady(input);
  const cleanUps: CleanUp[] = [];
  try {
    return await measure(input, before, await startObserving(input, cleanUps), cleanUps);
  } finally {
    await runCleanUps(cleanUps, input.emit);
  }
}

/** What runs from before the fault until the end: the writes, and everything that watches them. */
interface Observing {
  readonly file: HistoryFile;
  readonly history: History;
  readonly events: readonly ClusterEvent[];
  readonly selfTold: SelfTold;
  readonly writing: Writing;
  readonly clients: readonly WritingClient[];
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
  const selfTold = collectSelfTold(capability.rolesEveryMs);
  cleanUps.push({ what: 'end the clock', run: () => selfTold.end() });
  const asking = await capability.watchRoles(target, selfTold.add);
  cleanUps.push({ what: 'end the questions to the servers', run: () => asking.close() });
  const own = { runId, ratePerS, onRecord: history.append, companions: companionsOf(input) };
  const writing = await capability.startWriting(target, own);
  cleanUps.push({ what: 'end the writer', run: () => writing.close() });
  const clients = await startClients(input, file, cleanUps);
  return { file, history, events, selfTold, writing, clients };
}

/** The scenario, what the cluster makes of it, and the judgement. */
async function measure(
  input: RunInput,
  before: RecordedPrimary,
  { file, history, events, selfTold, writing, clients }: Observing,
  cleanUps: CleanUp[],
): Promise<RunReport> {
  const { target, capability, emit, ratePerS, clock, scenario } = input;
  await step(emit, { id: 'warm-up', title: `write ${ratePerS} values a second` }, () =>
    warmUp(input, [history.records, ...clients.map((client) => client.history.records)]),
  );
  const faultAt = input.date().toISOString();
  const open = createOpenFaults(input);
  cleanUps.push({ what: 'heal every instance (run: stackctl heal)', run: () => open.healAll() });
  const oldPrimary = before.instance;
  const { stage, played } = setStage({ run: input, open, primary: oldPrimary, events, history: history.records });
  selfTold.begin();
  await scenario.play(stage, target);
  await open.healAll();
  const healedAt = clock.now();
  const after = await step(emit, { id: 'rejoin', title: 'wait until all follow one master' }, (progress) =>
    rejoin(input, progress),
  );
  if (after !== undefined) await waitForWrite(input, history.records, after.instance, healedAt);
  await waitForClients(input, clients, clock.now());
  await coolDown(input, history.records, healedAt);
  const stoppedAt = clock.now();
  selfTold.end();
  const stats = await writing.stop(input.limits.drainMs);
  await writing.close();
  const finalRead = await step(emit, { id: 'read', title: 'read back every value' }, () => readBack(input));
  const ofClients = clients.length === 0 ? {} : { clients: await observedOf(input, clients) };
  const script = played();
  const observed: Observations = {
    ...ofClients,
    ...script,
    scenario: scenario.name,
    runId: input.runId,
    expects: expectedOf(input),
    oldPrimary,
    events,
    history: history.records,
    faultAt,
    newPrimary: after?.instance,
    ...selfTold.until(stoppedAt, script.begunAt ?? 0),
    epochs: { before: before.epoch, after: after?.epoch },
    finalRead,
    stats,
    ratePerS,
    discoveryMs: writing.discoveryMs,
    arbiter: capability.arbiterTitle,
    detectionMs: capability.detectionMs(target),
    thresholds: input.thresholds,
    historyFile: file.path,
  };
  const whole = { ...observed, ...(await remediesFor(input, observed)) };
  file.append(endOf(whole));
  return report(whole);
}

/** In figures, which a file can keep. */
function expectedOf({ scenario, target }: RunInput): Expected {
  const { switches, outageMs, predict } = scenario.expects;
  return { switches, ...defined({ outageMs: outageMs?.(target), prediction: predict?.(target) }) };
}
