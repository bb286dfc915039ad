import { defined } from '../lib/defined.ts';
import type { WriteRecord } from '../stack/contract/failover.ts';
import type { ClusterEvent } from '../stack/contract/scenario.ts';
import { type CheckResult, check } from './checker.ts';
import { clientReport } from './clients/client-report.ts';
import { countErrors, countsOf, reportedCounts } from './counts.ts';
import { type FaultMoment, momentOf, ON_THE_WAY_MS } from './fault-moment.ts';
import { intervalOf } from './history.ts';
import { reportedRanges } from './lost-ranges.ts';
import { type Outage, outage } from './outage.ts';
import { beside } from './prediction.ts';
import { recoveryOf } from './recovery.ts';
import { twoPrimariesMs } from './role-spans.ts';
import { isChangedOnce, longestOutageMs } from './run-expectations.ts';
import type { EventReport, Observations, RunReport } from './run-report.ts';
import { countSwitches } from './switches.ts';
import { tenth } from './tenth.ts';
import { type Timeline, timeline } from './timeline.ts';
import { judge } from './verdict.ts';

/** From observations to the verdict: the whole judgement of a run, without any effect. */
export function report(observed: Observations): RunReport {
  const { history, events, oldPrimary, newPrimary, finalRead, expects } = observed;
  const { discoveryMs, ratePerS, recoversFrom, explanation, facts, epochs } = observed;
  const fault = momentOf(observed.fault, history, oldPrimary);
  const thresholds = { ...observed.thresholds, maxOutageMs: longestOutageMs(observed.thresholds, expects) };
  const checked = check(history, finalRead?.values ?? []);
  const schedule = { intervalMs: intervalOf(ratePerS), discoveryMs };
  const limits = { isChangedOnce: isChangedOnce(expects), recoversFrom };
  const measured = roundFigures(outage({ history, fault, oldPrimary, ...limits, ...schedule }));
  const switches = countSwitches({ events, since: observed.begunAt ?? fault.calledAt, oldPrimary, newPrimary });
  const unexplained = unexplainedBy(observed, fault, switches);
  const contents = finalRead === undefined ? undefined : countsOf(checked, unexplained(checked, history));
  const twoMasters = twoMastersIn(observed.roles);
  const cluster = { expects, switches, oldPrimary, newPrimary, epochs };
  const phases = roundAll(timeline({ events, history, fault, oldPrimary }));
  const clients = (observed.clients ?? []).map((client) =>
    clientReport({ observed: client, fault, recoversFrom, phases, thresholds, unexplained }),
  );
  const ofClients = clients.flatMap(({ invariants }) => invariants);
  const seen = { promotions: observed.promotions, replicas: finalRead?.replicas, explanation, facts, ofClients };
  const judgement = judge({ ...measured, ...cluster, ...twoMasters, ...seen, contents }, thresholds);
  return {
    scenario: observed.scenario,
    runId: observed.runId,
    ...judgement,
    outageMs: measured.outageMs,
    resolutionMs: measured.resolutionMs,
    predicted: expects.prediction === undefined ? null : beside(expects.prediction, phases, measured),
    longestGapMs: measured.longestGapMs,
    acked: checked.acked,
    ackedBeforeFault: measured.ackedBeforeFault,
    failed: checked.failed,
    unknown: checked.unknown,
    ...reportedCounts(contents),
    lostRanges: contents === undefined ? [] : reportedRanges(checked.lostRanges, fault, phases),
    ...(contents !== undefined && checked.lost.length > 0 ? { lostValues: checked.lost } : {}),
    ...defined({ remedies: observed.remedies }),
    ...(clients.length > 0 && { clients: clients.map(({ client }) => client) }),
    switches,
    ...twoMasters,
    recovery: recoveryOf(observed, fault),
    oldMaster: oldPrimary,
    newMaster: newPrimary ?? null,
    ...promotedIn(observed, fault),
    ...faultOf(observed, fault),
    timeline: phases,
    arbiter: observed.arbiter,
    detectionMs: observed.detectionMs,
    ...scheduleOf(observed),
    errors: countErrors(history),
    thresholds,
    historyFile: observed.historyFile,
    events: events.filter(({ at }) => at >= fault.calledAt).map((event) => toReport(event, fault)),
  };
}

function faultOf({ fault: { what, seen, effect }, oldPrimary, faultAt }: Observations, { at, withinMs }: FaultMoment) {
  const knownWithinMs = effect === undefined ? withinMs : effect.seenAt - effect.notYetAt;
  const source = (effect ?? seen)?.source ?? null;
  return {
    fault: what ?? `fault at ${oldPrimary}`,
    faultSeenBy: source,
    faultWithinMs: source === null ? null : tenth(knownWithinMs),
    faultEffectMs: effect === undefined ? null : tenth(effect.seenAt - at),
    faultAt,
  };
}

/** How the writer kept its schedule. */
function scheduleOf({ ratePerS, stats: { sentRatePerS, sent, late, eventLoopLagMaxMs } }: Observations) {
  return { ratePerS, sentRatePerS, sent, late, eventLoopLagMaxMs: tenth(eventLoopLagMaxMs) };
}

function promotedIn({ promotions }: Observations, fault: FaultMoment): Pick<RunReport, 'promoted'> {
  if (promotions === undefined) return {};
  return { promoted: promotions.map(({ node, at, behind = null }) => ({ node, atMs: tenth(at - fault.at), behind })) };
}

/** Each of two spans may have begun and ended one question earlier or later. */
function twoMastersIn(roles: Observations['roles']) {
  if (roles === undefined) return { twoMastersMs: null, twoMastersWithinMs: null };
  return {
    twoMastersMs: tenth(twoPrimariesMs(roles.spans)),
    twoMastersWithinMs: tenth(2 * Math.max(roles.everyMs, roles.widestMs)),
  };
}

/** Rounds before the judgement, so that a printed figure and its verdict agree. */
function roundFigures({ ackedBeforeFault, ...figures }: Outage): Outage {
  return {
    ackedBeforeFault,
    outageMs: tenth(figures.outageMs),
    resolutionMs: tenth(figures.resolutionMs),
    longestGapMs: tenth(figures.longestGapMs),
  };
}

/**
 * How many of the lost values the fault does not explain. It explains only what the old primary acknowledged, soon enough after
 * it, and only when it was replaced. A client does not say who acknowledged.
 */
function unexplainedBy(
  { lossWindowMs, onTheWayMs = 0, oldPrimary }: Observations,
  fault: FaultMoment,
  switches: number,
) {
  return ({ lost }: CheckResult, history: readonly WriteRecord[]): number => {
    if (lossWindowMs === undefined || switches === 0) return lost.length;
    const values = new Set(lost);
    const [from, until] = [fault.at - ON_THE_WAY_MS - onTheWayMs, fault.at + fault.withinMs + lossWindowMs];
    const isExplained = ({ node = oldPrimary, completed }: WriteRecord): boolean =>
      node === oldPrimary && completed >= from && completed <= until;
    return history.filter((record) => values.has(record.value) && !isExplained(record)).length;
  };
}

function toReport({ at, source, name, text, phase }: ClusterEvent, fault: FaultMoment): EventReport {
  return { atMs: tenth(at - fault.at), source, name, text, phase: phase ?? null };
}

function roundAll(times: Timeline): Timeline {
  return {
    detectedMs: tenth(times.detectedMs),
    agreedMs: tenth(times.agreedMs),
    electedMs: tenth(times.electedMs),
    promotedMs: tenth(times.promotedMs),
    switchedMs: tenth(times.switchedMs),
    firstWriteMs: tenth(times.firstWriteMs),
  };
}
