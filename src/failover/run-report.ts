import type { Resyncs } from '../stack/contract/arbiter.ts';
import type { WorkloadStats, WriteRecord } from '../stack/contract/failover.ts';
import type { FinalRead } from '../stack/contract/final-read.ts';
import type { ClusterEvent } from '../stack/contract/scenario.ts';
import type { ClientObservations, ClientReport } from './clients/client-report.ts';
import type { FaultCall } from './fault-moment.ts';
import type { Invariant } from './invariant.ts';
import type { ReportedRange } from './lost-ranges.ts';
import type { ReportedPrediction } from './prediction.ts';
import type { Promotion } from './promotions.ts';
import type { Reads } from './read-gaps.ts';
import type { Recovery } from './recovery.ts';
import type { RoleSpan } from './role-spans.ts';
import type { Epochs, Expected, Fact } from './run-expectations.ts';
import type { Thresholds } from './thresholds.ts';
import type { Timeline } from './timeline.ts';
import type { Verdict } from './verdict.ts';

/** Times in milliseconds, to a tenth; null where something did not happen or could not be measured. */
export interface RunReport {
  readonly scenario: string;
  readonly runId: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly invariants: readonly Invariant[];
  readonly outageMs: number | null;
  readonly resolutionMs: number;
  /** What the arbiters' own timers let expect; null for a scenario without a model. */
  readonly predicted: ReportedPrediction | null;
  readonly longestGapMs: number;
  readonly acked: number;
  readonly ackedBeforeFault: number;
  readonly failed: number;
  readonly unknown: number;
  /** Unknown writes that were applied after all. Null, like the counts below, when the final read failed. */
  readonly recovered: number | null;
  readonly lost: number | null;
  readonly lostRanges: readonly ReportedRange[];
  /** Of these, what the fault does not explain by its nature: that counts against the limit. */
  readonly lostUnexplained: number | null;
  /** In words, what would have lost fewer of them; absent when none is lost, or the servers could not be asked. */
  readonly remedies?: readonly string[];
  /** Every lost value; absent when none is. */
  readonly lostValues?: readonly number[];
  readonly phantom: number | null;
  readonly duplicates: number | null;
  readonly misclassified: number | null;
  /** What applications' clients made of it; absent when none was asked for. */
  readonly clients?: readonly ClientReport[];
  /** Distinct changes of the master. */
  readonly switches: number;
  /**
   * How long two servers said at the same time that they are the master, to within `twoMastersWithinMs`; null: nobody asked.
   * What the one that loses acknowledges meanwhile is lost.
   */
  readonly twoMastersMs: number | null;
  readonly twoMastersWithinMs: number | null;
  readonly recovery: Recovery;
  readonly oldMaster: string;
  readonly newMaster: string | null;
  /** Replicas that were promoted, and which other one had more then; absent: nobody asked. */
  readonly promoted?: readonly ReportedPromotion[];
  /** What was done, e.g. `kill redis-1`. */
  readonly fault: string;
  /** Who has shown that the fault took effect, e.g. `the kernel`; null when nobody has. */
  readonly faultSeenBy: string | null;
  /** To within how much that moment is known. */
  readonly faultWithinMs: number | null;
  /** Of what is asked for, e.g. a hand-over: when it was seen, after the call, from which times count. Null: times count from the effect. */
  readonly faultEffectMs: number | null;
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
  /** What it was judged by: a scenario may allow a longer outage than was asked for, because it brings that about itself. */
  readonly thresholds: Thresholds;
  /** ISO 8601, UTC. */
  readonly faultAt: string;
  /** Every write, one JSON object a line. */
  readonly historyFile: string;
  readonly events: readonly EventReport[];
}

export interface ReportedPromotion {
  readonly node: string;
  /** Milliseconds after the fault. */
  readonly atMs: number;
  /** Null: none that was seen. */
  readonly behind: { readonly node: string; readonly bytes: number } | null;
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
export interface Observations extends Played {
  readonly scenario: string;
  readonly runId: string;
  readonly expects: Expected;
  readonly history: readonly WriteRecord[];
  readonly events: readonly ClusterEvent[];
  readonly faultAt: string;
  readonly oldPrimary: string;
  /** Agreed on at the end, with every other instance a replica of it; undefined: that state was not reached. */
  readonly newPrimary: string | undefined;
  /** By which the arbiters order their decisions, before the fault and at the end; undefined: not known. */
  readonly epochs: Epochs | undefined;
  /** Who said when what it is; undefined: a file of before that was asked. */
  readonly roles?: Roles | undefined;
  /** Since the script began; undefined: nobody asked. */
  readonly promotions?: readonly Promotion[] | undefined;
  /** When no read was answered; undefined: nobody asked. */
  readonly reads?: Reads | undefined;
  /** Since the script began, how replicas got in step; undefined: nobody asked. */
  readonly resyncs?: Resyncs | undefined;
  readonly finalRead: FinalRead | undefined;
  /** What would have lost fewer writes, by the settings as they were; undefined: nothing was lost, or nobody asked. */
  readonly remedies?: readonly string[] | undefined;
  readonly clients?: readonly ClientObservations[] | undefined;
  readonly stats: WorkloadStats;
  readonly ratePerS: number;
  readonly discoveryMs: number;
  readonly arbiter: string;
  readonly detectionMs: number;
  readonly thresholds: Thresholds;
  readonly historyFile: string;
}

export interface Roles {
  readonly spans: readonly RoleSpan[];
  /** How often each was asked, and the longest that lay between two answers of one that did not count as silent. */
  readonly everyMs: number;
  readonly widestMs: number;
}

/** What the script of a scenario leaves behind. */
export interface Played {
  /** When the script began: changes of the primary count from here. On the run's clock. */
  readonly begunAt?: number | undefined;
  readonly fault: FaultCall;
  /** The outage counts from here instead of from the fault; on the run's clock. */
  readonly recoversFrom?: number | undefined;
  /** What was acknowledged within so many milliseconds of the fault may be lost: the fault brings that about by its nature. */
  readonly lossWindowMs?: number | undefined;
  /** So long before the fault too: what was acknowledged then may still have been on its way to the replicas. */
  readonly onTheWayMs?: number | undefined;
  /** What the scenario has found out itself. */
  readonly facts: readonly Fact[];
  /** Why no arbiter reported a switch, in words; empty when one did. */
  readonly explanation: readonly string[];
}
