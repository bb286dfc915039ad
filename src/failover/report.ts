import type { ClusterEvent, FinalRead, WorkloadStats, WriteRecord } from '../stack/contract/failover.ts';
import { check, type LostRange } from './checker.ts';
import { type FaultCall, type FaultMoment, momentOf } from './fault-moment.ts';
import { intervalOf } from './history.ts';
import { type Outage, outage } from './outage.ts';
import { countSwitches } from './switches.ts';
import { type Timeline, timeline } from './timeline.ts';
import { type Invariant, judge, type Thresholds, type Verdict } from './verdict.ts';

/** Times in milliseconds, to a tenth; null where something did not happen or could not be measured. */
export interface RunReport {
  readonly scenario: string;
  readonly runId: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly invariants: readonly Invariant[];
  readonly outageMs: number | null;
  readonly resolutionMs: number;
  readonly longestGapMs: number;
  readonly acked: number;
  readonly ackedBeforeFault: number;
  readonly failed: number;
  readonly unknown: number;
  /** Unknown writes that were applied after all. Null, like the counts below, when the final read failed. */
  readonly recovered: number | null;
  readonly lost: number | null;
  readonly lostRanges: readonly LostRange[];
  /** Every lost value; absent when none is. */
  readonly lostValues?: readonly number[];
  readonly phantom: number | null;
  readonly duplicates: number | null;
  readonly misclassified: number | null;
  /** Distinct changes of the master. */
  readonly switches: number;
  readonly oldMaster: string;
  readonly newMaster: string | null;
  readonly timeline: Timeline;
  /** What reports the phases of the timeline, e.g. `Sentinel`. */
  readonly arbiter: string;
  /** Configured: how long the master must be silent before a failover starts. */
  readonly detectionMs: number;
  /** Writes per second that were asked for. */
  readonly ratePerS: number;
  /** Writes per second that left, measured. Null unless the first and the last are at least one interval apart. */
  readonly sentRatePerS: number | null;
  readonly sent: number;
  /** Writes that left more than one interval after they were due. */
  readonly late: number;
  readonly eventLoopLagMaxMs: number;
  /** Error -> number of writes that were failed or unknown because of it. */
  readonly errors: Readonly<Record<string, number>>;
  readonly thresholds: Thresholds;
  /** ISO 8601, UTC. */
  readonly faultAt: string;
  /** Every write, one JSON object a line. */
  readonly historyFile: string;
  readonly events: readonly EventReport[];
}

export interface EventReport {
  /** Milliseconds after the fault. */
  readonly atMs: number;
  readonly source: string;
  readonly name: string;
  readonly text: string;
  readonly phase: string | null;
}

/** Everything that a run observed. */
export interface Observations {
  readonly scenario: string;
  readonly runId: string;
  readonly history: readonly WriteRecord[];
  readonly events: readonly ClusterEvent[];
  readonly fault: FaultCall;
  readonly faultAt: string;
  readonly oldPrimary: string;
  /** Agreed on at the end, with every other instance a replica of it; undefined: that state was not reached. */
  readonly newPrimary: string | undefined;
  readonly finalRead: FinalRead | undefined;
  /** Why no arbiter reported a switch, in words; empty when one did. */
  readonly explanation: readonly string[];
  readonly stats: WorkloadStats;
  readonly ratePerS: number;
  readonly discoveryMs: number;
  readonly arbiter: string;
  readonly detectionMs: number;
  readonly thresholds: Thresholds;
  readonly historyFile: string;
}

/** From observations to the verdict: the whole judgement of a run, without any effect. */
export function report(observed: Observations): RunReport {
  const { history, events, oldPrimary, newPrimary, finalRead, stats, thresholds } = observed;
  const { discoveryMs, ratePerS } = observed;
  const fault = momentOf(observed.fault, history, oldPrimary);
  const checked = check(history, finalRead?.values ?? []);
  const contents = finalRead === undefined ? undefined : countsOf(checked);
  const measured = roundFigures(outage({ history, fault, oldPrimary, intervalMs: intervalOf(ratePerS), discoveryMs }));
  const switches = countSwitches({ events, since: fault.calledAt, oldPrimary, newPrimary });
  const oldPrimaryRejoined = newPrimary !== undefined && newPrimary !== oldPrimary;
  const { explanation } = observed;
  const judgement = judge({ ...measured, switches, oldPrimaryRejoined, contents, explanation }, thresholds);
  const { recovered = null, lost = null, phantom = null, duplicates = null, misclassified = null } = contents ?? {};
  return {
    scenario: observed.scenario,
    runId: observed.runId,
    ...judgement,
    outageMs: measured.outageMs,
    resolutionMs: measured.resolutionMs,
    longestGapMs: measured.longestGapMs,
    acked: checked.acked,
    ackedBeforeFault: measured.ackedBeforeFault,
    failed: checked.failed,
    unknown: checked.unknown,
    recovered,
    lost,
    lostRanges: contents === undefined ? [] : checked.lostRanges,
    ...(contents !== undefined && checked.lost.length > 0 ? { lostValues: checked.lost } : {}),
    phantom,
    duplicates,
    misclassified,
    switches,
    oldMaster: oldPrimary,
    newMaster: newPrimary ?? null,
    timeline: roundAll(timeline({ events, history, fault, oldPrimary })),
    arbiter: observed.arbiter,
    detectionMs: observed.detectionMs,
    ratePerS,
    sentRatePerS: stats.sentRatePerS,
    sent: stats.sent,
    late: stats.late,
    eventLoopLagMaxMs: tenth(stats.eventLoopLagMaxMs),
    errors: countErrors(history),
    thresholds,
    faultAt: observed.faultAt,
    historyFile: observed.historyFile,
    events: events.filter(({ at }) => at >= fault.calledAt).map((event) => toReport(event, fault)),
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

function countsOf(checked: ReturnType<typeof check>) {
  return {
    recovered: checked.recovered.length,
    lost: checked.lost.length,
    phantom: checked.phantom.length,
    duplicates: checked.duplicates.length,
    misclassified: checked.misclassified.length,
  };
}

function countErrors(history: readonly WriteRecord[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { error } of history) {
    if (error !== undefined) counts[error] = (counts[error] ?? 0) + 1;
  }
  return counts;
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

function tenth<T extends number | null>(ms: T): T {
  return (ms === null ? null : Math.round(ms * 10) / 10) as T;
}
