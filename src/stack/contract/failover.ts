/**
 * What a kind must offer so that `failover-test` can judge it. The feature (src/failover/) owns the schedule, the
 * history, the checker and the verdict; the kind owns the protocol: how to write, what its events mean, which faults
 * make sense.
 *
 * `input` is always the service that directs the failover (the Sentinels), never the one that fails over.
 */
import type { RecordedPrimary, Service, Stack } from './model.ts';
import type { FaultKind } from './runtime-facts.ts';

export interface FailoverInput {
  readonly stack: Stack;
  readonly service: Service;
}

export interface FailoverCapability {
  /** What one instance of this service is called in texts for people, e.g. `Sentinel`. */
  readonly arbiterTitle: string;
  readonly scenarios: readonly Scenario[];
  /** How long the primary must be silent before a failover starts, in milliseconds (down-after). */
  detectionMs(input: FailoverInput): number;
  /**
   * Waits until nothing is left of an earlier failover: one primary, every replica linked to it, every arbiter agreeing
   * and without a down flag. Rejects with E_NOT_READY and the reasons when `signal` aborts.
   */
  steady(input: FailoverInput, signal: AbortSignal, options?: SteadyOptions): Promise<RecordedPrimary>;
  /** A client with its own connections: no offline queue, no retry, an explicit timeout for each write. */
  openWriter(input: FailoverInput, runId: string): Promise<Writer>;
  /** Subscribes to every arbiter. `onEvent` is called at arrival. */
  watch(input: FailoverInput, onEvent: (event: ClusterEvent) => void): Promise<Watch>;
  /** Why the primary did not change, from what the arbiters have reported since the fault; empty: they reported nothing. */
  explain(input: FailoverInput, events: readonly ClusterEvent[]): readonly string[];
  /** Reads every value of the run from the agreed primary, in the order in which the primary holds them. */
  finalRead(input: FailoverInput, runId: string, signal: AbortSignal): Promise<FinalRead>;
  /** Deletes what the writer of this run stored. */
  cleanUp(input: FailoverInput, runId: string): Promise<void>;
}

export interface SteadyOptions {
  /** A failover must be possible now, too; rejects at once with E_NOT_READY when waiting cannot make it so. */
  readonly ableToFailOver?: boolean;
  /** Called when what it waits for changes. */
  readonly onReasons?: (reasons: readonly string[]) => void;
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Injected by the runtime into the primary; undefined: `trigger` does it by protocol. */
  readonly fault: FaultKind | undefined;
  readonly trigger?: (input: FailoverInput, signal: AbortSignal) => Promise<void>;
}

export interface Writer {
  /** How often it asks for the primary while it has none, in milliseconds: part of the resolution of an outage. */
  readonly discoveryMs: number;
  /**
   * Writes one value, once, to what it believes to be the primary. Never rejects. `at` is `performance.now()` when the
   * outcome was known.
   */
  write(value: number): Promise<WriteOutcome>;
  close(): Promise<void>;
}

export type WriteOutcome =
  | { readonly type: 'acked'; readonly at: number; readonly node: string }
  /** Certainly not applied: refused before it was sent, or an error reply that means so (READONLY, NOREPLICAS, …). */
  | { readonly type: 'failed'; readonly at: number; readonly error: string }
  /** Sent, no reply: applied or not. */
  | { readonly type: 'unknown'; readonly at: number; readonly error: string };

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

export interface Watch {
  close(): Promise<void>;
}

export interface FinalRead {
  readonly node: string;
  readonly values: readonly number[];
}
