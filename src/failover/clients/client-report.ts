import { NO_ANSWER, type WorkloadStats, type WriteRecord } from '../../stack/contract/failover.ts';
import type { FinalRead, WorkloadShape } from '../../stack/contract/final-read.ts';
import { type CheckResult, check } from '../checker.ts';
import { countErrors, countsOf, reportedCounts } from '../counts.ts';
import type { FaultMoment } from '../fault-moment.ts';
import { intervalOf } from '../history.ts';
import { doubted, type Invariant } from '../invariant.ts';
import { type ReportedRange, reportedRanges } from '../lost-ranges.ts';
import { outage } from '../outage.ts';
import { asHeard, unheardUnexplained } from '../shapes/heard.ts';
import { isOneValue, notShownBy, presentIn } from '../shapes/present.ts';
import { wentBack } from '../shapes/went-back.ts';
import { tenth } from '../tenth.ts';
import type { Thresholds } from '../thresholds.ts';
import type { Timeline } from '../timeline.ts';
import { writesSound } from '../writes-sound.ts';

/** What the writes of a further writer came to. An application's client does not say which instance acknowledged them. */
export interface ClientObservations {
  readonly name: string;
  readonly title?: string | undefined;
  /** Absent: a list. */
  readonly shape?: WorkloadShape | undefined;
  readonly history: readonly WriteRecord[];
  readonly finalRead: FinalRead | undefined;
  readonly stats: WorkloadStats;
  readonly ratePerS: number;
}

/**
 * What an application's client made of the run. Times in milliseconds, to a tenth; null where something did not happen or could
 * not be measured. Counts of contents are null when the final read failed.
 */
export interface ClientReport {
  /** As `--client` named it. */
  readonly name: string;
  /** What its adapter says that it is, with its version; of a writer of stackctl's own, what it writes. */
  readonly title: string | null;
  readonly shape: WorkloadShape;
  /** The longest time without an acknowledgement (of pubsub: an arrival) since the fault. Null: it had none in the end. */
  readonly outageMs: number | null;
  readonly resolutionMs: number;
  readonly acked: number;
  /** Of pubsub: those that had arrived by then. */
  readonly ackedBeforeFault: number;
  readonly failed: number;
  readonly unknown: number;
  /** Of the unknown ones: without any answer when the run ended. */
  readonly unanswered: number;
  /** So many waited for an answer at the same time, at most. */
  readonly mostWaiting: number;
  /** From when an acknowledged write was due until its acknowledgement (of pubsub: its arrival), at most. */
  readonly maxLatencyMs: number | null;
  /** Null also for a register, which shows no more than the last one of several. */
  readonly recovered: number | null;
  readonly lost: number | null;
  readonly lostUnexplained: number | null;
  readonly lostRanges: readonly Omit<ReportedRange, 'node'>[];
  readonly phantom: number | null;
  /** Null also for what does not show them: a set, a register, a counter. */
  readonly duplicates: number | null;
  readonly misclassified: number | null;
  readonly ratePerS: number;
  readonly sent: number;
  readonly late: number;
  readonly errors: Readonly<Record<string, number>>;
  /** How often it read something older than it had been told before; null for what reads nothing while it writes. */
  readonly wentBack: number | null;
  /** Why its adapter could not go on. */
  readonly problem: string | null;
}

export interface ClientJudgement {
  readonly client: ClientReport;
  readonly invariants: readonly Invariant[];
}

export interface ClientInput {
  readonly observed: ClientObservations;
  readonly fault: FaultMoment;
  readonly recoversFrom: number | undefined;
  readonly phases: Timeline;
  readonly thresholds: Thresholds;
  /** How many of the lost values the fault does not explain. */
  readonly unexplained: (checked: CheckResult, history: readonly WriteRecord[]) => number;
}

/** The limits are those of the group: what is promised to an application is what its client makes of it. Pure. */
export function clientReport(input: ClientInput): ClientJudgement {
  const { observed, fault, phases, thresholds, recoversFrom } = input;
  const { name, history, finalRead, stats, ratePerS, shape = 'list' } = observed;
  const checked = check(history, finalRead === undefined ? [] : presentIn(shape, history, finalRead));
  const seen = shape === 'pubsub' ? asHeard(history, finalRead) : history;
  const times = { fault, recoversFrom, intervalMs: intervalOf(ratePerS), discoveryMs: 0 };
  const measured = outage({ history: seen, oldPrimary: '', isChangedOnce: false, ...times });
  const figures = { outageMs: tenth(measured.outageMs), resolutionMs: tenth(measured.resolutionMs) };
  const { ackedBeforeFault } = measured;
  const contents = finalRead === undefined ? undefined : contentsOf(input, checked);
  const unanswered = history.filter(({ error }) => error === NO_ANSWER).length;
  const invariants = [
    ...writesSound({ ackedBeforeFault, ...figures, contents, replicas: finalRead?.replicas }, thresholds, {
      ...wordsFor(shape, unanswered),
      isCutShort: stats.problem !== undefined,
      isOneValue: isOneValue(shape),
    }),
    doubted('it writes until the end', stats.problem ?? false),
  ];
  const client: ClientReport = {
    name,
    title: observed.title ?? null,
    shape,
    ...figures,
    ...{ acked: checked.acked, ackedBeforeFault, failed: checked.failed, unknown: checked.unknown, unanswered },
    mostWaiting: mostWaiting(history),
    maxLatencyMs: maxLatency(seen),
    ...reportedCounts(contents),
    lostRanges:
      contents === undefined
        ? []
        : reportedRanges(checked.lostRanges, fault, phases).map(({ node: _, ...rest }) => rest),
    ...{ ratePerS, sent: stats.sent, late: stats.late },
    errors: countErrors(history),
    wentBack: wentBack(shape, history),
    problem: stats.problem ?? null,
  };
  return { client, invariants: invariants.map((one) => ofClient(name, one)) };
}

function contentsOf({ observed, fault, unexplained }: ClientInput, checked: CheckResult) {
  const { history, shape = 'list', finalRead } = observed;
  const beyond =
    shape === 'pubsub'
      ? unheardUnexplained(checked.lost, history, finalRead?.away ?? [], fault.calledAt)
      : unexplained(checked, history);
  return { ...countsOf(checked, beyond), ...notShownBy(shape) };
}

function wordsFor(shape: WorkloadShape, unanswered: number) {
  if (shape === 'pubsub')
    return { silent: 'its subscriber heard nothing', notOver: 'its subscriber heard nothing any more' };
  const waits = unanswered === 0 ? '' : `: ${unanswered} of its writes had no answer in the end`;
  return {
    silent: 'no write was acknowledged to it',
    notOver: `no write was acknowledged to it any more${waits}`,
  };
}

function ofClient(client: string, { name, outcome, reason }: Invariant): Invariant {
  return { name: `${client}: ${name}`, outcome, reason: reason === null ? null : `${client}: ${reason}` };
}

function mostWaiting(history: readonly WriteRecord[]): number {
  const moments = history
    .flatMap(({ invoked, completed }) => [
      { at: invoked, change: 1 },
      { at: completed, change: -1 },
    ])
    .toSorted((a, b) => a.at - b.at || b.change - a.change);
  let waiting = 0;
  let most = 0;
  for (const { change } of moments) {
    waiting += change;
    most = Math.max(most, waiting);
  }
  return most;
}

function maxLatency(history: readonly WriteRecord[]): number | null {
  const took = history.flatMap(({ outcome, completed, intended }) =>
    outcome === 'acked' ? [completed - intended] : [],
  );
  return took.length === 0 ? null : tenth(took.reduce((most, ms) => Math.max(most, ms), 0));
}
