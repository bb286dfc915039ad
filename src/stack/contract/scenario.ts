/**
 * What a failover test does to a service, and what has to come of it. A scenario is data and one short script; the feature
 * (src/failover/) gives it a stage, on which every fault is journaled, proven and healed, and judges what came of it.
 */
import type { Service, Stack } from './model.ts';
import type { FaultEffect } from './runtime.ts';
import type { FaultKind, FaultOptions } from './runtime-facts.ts';

export interface FailoverInput {
  readonly stack: Stack;
  /** The one that directs the failover. */
  readonly service: Service;
}

export interface Scenario {
  readonly name: string;
  /** What is done, in one line for `--list`. */
  readonly summary: string;
  /** What a runtime has to be able to inject for it. */
  readonly faults: readonly FaultKind[];
  readonly expects: Expectation;
  /** A part of the short check. */
  readonly isQuick?: boolean;
  /** A set-up that is known to be bad: the verdict must be `fail`. Run by its name and by `--self-test` only. */
  readonly isKnownBad?: boolean;
  /** Why it would say nothing about this service, e.g. too few instances; undefined: it can run. */
  readonly refusal?: (input: FailoverInput) => string | undefined | Promise<string | undefined>;
  /** Why it is nothing for this service, whatever runs it, e.g. another product's: then it belongs to no set. Undefined: it is. */
  readonly stranger?: (input: FailoverInput) => string | undefined;
  /** Returns when what it wanted to see has happened, or has not in good time. Faults that are left are healed afterwards. */
  readonly play: (stage: Stage, input: FailoverInput) => Promise<void>;
}

export interface Expectation {
  /** The least and the most changes of the primary. */
  readonly switches: readonly [least: number, most: number];
  /** The longest time without writes that it brings about by itself: it replaces a limit that is shorter. In milliseconds. */
  readonly outageMs?: (input: FailoverInput) => number;
  /** How long the outage should be by the arbiters' own timers, to be shown beside what was measured. */
  readonly predict?: (input: FailoverInput) => Prediction;
}

/** In milliseconds. */
export interface Prediction {
  readonly lowMs: number;
  readonly highMs: number;
  /** The parts that it is made of, for an outage that is longer: which of them took longer than it may. */
  readonly phases: readonly PredictedPhase[];
}

export interface PredictedPhase {
  readonly name: string;
  readonly from: 'fault' | PhaseTime;
  readonly to: PhaseTime;
  readonly mostMs: number;
}

/** When a phase was first reported, after the fault; `firstWriteMs`: when a new primary first acknowledged a write. */
export type PhaseTime = 'detectedMs' | 'agreedMs' | 'electedMs' | 'promotedMs' | 'switchedMs' | 'firstWriteMs';

/** What a scenario acts with. Names are those of instances. */
export interface Stage {
  /** Who was the primary when it began. */
  readonly primary: string;
  readonly signal: AbortSignal;
  /** In [0, 1): the same for the same seed. */
  readonly random: () => number;
  /** What the arbiters have reported, in the order of arrival. */
  readonly events: readonly ClusterEvent[];
  /**
   * Sets the scene: no figure counts from this.
   * @param fault of the runtime, or by protocol (`FailoverCapability.faults`).
   * @throws E_FAULT_FAILED
   */
  inject(instance: string, fault: string, options?: FaultOptions): Promise<void>;
  /** The fault that is tried, on one instance or on several at the same time: figures count from it. @throws E_FAULT_FAILED */
  strike(instances: string | readonly string[], fault: FaultKind, options?: FaultOptions): Promise<void>;
  /**
   * As `strike`, for what is done by protocol. `what`: in words, for who watches. `work` returns who else than the one who was
   * asked has seen it take effect, and when; without that the run is inconclusive.
   */
  trigger(what: string, work: () => Promise<TriggerEffect | undefined>): Promise<void>;
  /** Takes back what was done to an instance. */
  heal(instance: string): Promise<void>;
  /**
   * Waits until every arbiter that is well has reported another primary since the last strike and that has acknowledged a write.
   * A switch that does not come in time is a finding and no error.
   * @returns the primary that was named last; undefined when none was.
   */
  untilSwitched(until?: Until): Promise<string | undefined>;
  /** Waits until the group is steady but for what is broken. @throws E_NOT_READY when it does not become so. */
  untilSteady(): Promise<void>;
  /** Lets a state last. `why`: in words, for who watches. */
  hold(ms: number, why: string): Promise<void>;
  /** From here on writes should be possible again: the outage is counted from here, and not from the fault. */
  recoversFromHere(): void;
  /**
   * By its nature the fault loses writes that are acknowledged within so many milliseconds of it: they are counted, and do not
   * fail the run. Others must not be lost. `onTheWayMs`: those of so long before it too, which replicas may not have had yet.
   */
  mayLoseFor(ms: number, onTheWayMs?: number): void;
  /** States what has to hold and is found out by the scenario itself. `problem`: why it does not. */
  require(name: string, problem: string | undefined): void;
  /** The same for what the run needs in order to say anything: without it, it is inconclusive. */
  doubt(name: string, problem: string | undefined): void;
}

export interface TriggerEffect extends FaultEffect {
  /** It shows what was asked for and not when it began: figures count from the call, e.g. of a hand-over, for which writes wait. */
  readonly isLater?: boolean;
}

export interface Until {
  /** The first report of one arbiter is enough. */
  readonly isFirstEnough?: boolean;
  /** Writes that the new primary acknowledges are not waited for: it cannot yet, or the old one still does. */
  readonly isAckNeeded?: boolean;
}

/** What an event means for the timeline, in the order in which a failover passes through them; `aborted`: given up. */
export type FailoverPhase = 'detected' | 'agreed' | 'elected' | 'promoted' | 'switched' | 'aborted';

export interface ClusterEvent {
  /** `performance.now()` of the arrival. */
  readonly at: number;
  /** Instance that reported it. */
  readonly source: string;
  /** As the server calls it, e.g. `+switch-master`. */
  readonly name: string;
  readonly text: string;
  readonly phase: FailoverPhase | undefined;
  /** For phase `switched`: instance name of the new primary. */
  readonly primary: string | undefined;
}
