/**
 * What a kind must offer so that `failover-test` can judge it. The feature (src/failover/) owns the schedule, the
 * history, the checker and the verdict; the kind owns the protocol: how to write, what its events mean, which faults
 * make sense.
 *
 * `input` is always the service that directs the failover (the Sentinels), never the one that fails over.
 */

import type { Resyncs } from './arbiter.ts';
import type { FinalRead, FinalReadOptions, Heard, Loss, WorkloadShape } from './final-read.ts';
import type { RecordedPrimary } from './model.ts';
import type { ClusterEvent, FailoverInput, Scenario } from './scenario.ts';

export interface FailoverCapability {
  /** What one instance of this service is called in texts for people, e.g. `Sentinel`. */
  readonly arbiterTitle: string;
  readonly scenarios: readonly Scenario[];
  /** Client libraries that come with stackctl, by name: how the adapter of each is started. */
  readonly clients: Readonly<Record<string, () => Command>>;
  /** What a further writer of stackctl's own can write beside the list, by name -> its options. */
  readonly workloads: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What is wrong with options for a second writer of stackctl's own, in words; undefined: nothing. */
  writerProblem(input: FailoverInput, options: Readonly<Record<string, unknown>>): string | undefined;
  /** Faults by protocol, by names that no runtime has for its own. */
  readonly faults: Readonly<Record<string, ProtocolFault>>;
  /** How long the primary must be silent before a failover starts, in milliseconds (down-after). */
  detectionMs(input: FailoverInput): number;
  /**
   * Waits until nothing is left of an earlier failover: one primary, every replica linked to it, every arbiter agreeing
   * and without a down flag. Rejects with E_NOT_READY and the reasons when `signal` aborts.
   */
  steady(input: FailoverInput, signal: AbortSignal, options?: SteadyOptions): Promise<RecordedPrimary>;
  /**
   * Writes values to the primary by a fixed schedule, as a client that never queues, retries or resends, with a timeout for
   * each write; or through an application's client.
   * @throws E_NOT_READY when there is no primary to write to, E_CLIENT_FAILED when the client does not begin.
   */
  startWriting(input: FailoverInput, options: WritingOptions): Promise<Writing>;
  /** Subscribes to every arbiter. `onEvent` is called at arrival. */
  watch(input: FailoverInput, onEvent: (event: ClusterEvent) => void): Promise<Watch>;
  /** Asks every instance again and again whether it is the primary. */
  watchRoles(input: FailoverInput, onSample: (sample: RoleSample) => void): Promise<Watch>;
  /** Between two of these questions to the same instance, in milliseconds. */
  readonly rolesEveryMs: number;
  /** Why the primary did not change, from what the arbiters have reported since the fault; empty: they reported nothing. */
  explain(input: FailoverInput, events: readonly ClusterEvent[]): readonly string[];
  /** Reads what the agreed primary holds of the run: of a list, in its order. */
  finalRead(input: FailoverInput, runId: string, signal: AbortSignal, options?: FinalReadOptions): Promise<FinalRead>;
  /** In words, what would have lost fewer of these, and how many fewer, by the settings as they are; empty: nothing that is known. */
  remedies(input: FailoverInput, loss: Loss): Promise<readonly string[]>;
  /** Deletes what the writer of this run stored. */
  cleanUp(input: FailoverInput, runId: string): Promise<void>;
}

/** Something that an instance is asked to do wrong, and what takes it back. */
export interface ProtocolFault {
  /** What has to be restored, for the journal, which anybody may read: no secret. @throws E_FAULT_FAILED */
  before(input: FailoverInput, instance: string): Promise<string>;
  /** @throws E_FAULT_FAILED */
  inject(input: FailoverInput, instance: string): Promise<void>;
  /** Idempotent; does nothing where the instance that had it has ended. @throws E_FAULT_FAILED */
  heal(input: FailoverInput, instance: string, before: string): Promise<void>;
}

export interface SteadyOptions {
  /** A failover must be possible now, too; rejects at once with E_NOT_READY when waiting cannot make it so. */
  readonly ableToFailOver?: boolean;
  /** Names of instances that are known to be down: not waited for. */
  readonly without?: readonly string[];
  /** Called when what it waits for changes. */
  readonly onReasons?: (reasons: readonly string[]) => void;
}

export interface WritingOptions {
  /** Unique: part of the key. */
  readonly runId: string;
  /** Writes per second. */
  readonly ratePerS: number;
  /** Called for each write when its outcome is known, a few milliseconds later. */
  readonly onRecord: (record: WriteRecord) => void;
  /** Instead of stackctl's own writer: an application's client. What it makes of errors is its own. */
  readonly client?: ClientUnderTest | undefined;
  /** Ends the wait for a writer that does not begin. */
  readonly signal?: AbortSignal | undefined;
  /** Runs whose values are written at the same time by clients, which give them no lifetime: this writer does. */
  readonly companions?: readonly string[] | undefined;
}

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

export interface ClientUnderTest {
  /** As the user named it. */
  readonly name: string;
  /** Undefined: a writer of stackctl's own, with options. */
  readonly adapter?: ClientAdapter | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What an application's client is behind: docs/clients.md has what it is told, and what it has to answer. */
export interface ClientAdapter {
  readonly command: Command;
  /** Where the command runs. */
  readonly folder: string;
}

/** One write of a run. Times are milliseconds of `performance.now()`. */
export interface WriteRecord {
  /** Unique within the run: 1, 2, 3, … in the order of the schedule. */
  readonly value: number;
  /** When the schedule wanted it, whatever the cluster or this process did. */
  readonly intended: number;
  readonly invoked: number;
  /** When the outcome was known; for a write without an answer, when the run stopped waiting for it. */
  readonly completed: number;
  readonly outcome: WriteOutcome['type'];
  /** The instance that acknowledged it. */
  readonly node?: string;
  /** What it said beside that: see `WorkloadShape`. */
  readonly answer?: number;
  /**
   * Of the first acknowledgement after a search for the primary: when that last found none but the one of before, or one that still
   * refused to write.
   */
  readonly noneAt?: number;
  readonly error?: string;
}

/** Writes that are on their way, in a process of their own. */
export interface Writing {
  /** How often it asks for the primary while it has none, in milliseconds: part of the resolution of an outage; 0 for a client. */
  readonly discoveryMs: number;
  /** What the adapter of a client says that it is, e.g. `redis-py 5.2.1`; of a further writer of stackctl's own, what it writes. */
  readonly title?: string | undefined;
  readonly shape: WorkloadShape;
  /**
   * No write is sent after this. Waits for those that have no outcome yet; after `drainMs` they are `unknown`.
   * @throws E_INTERNAL when the process has ended before.
   */
  stop(drainMs: number): Promise<WorkloadStats>;
  /** Ends the process, also without `stop`. */
  close(): Promise<void>;
}

export interface WorkloadStats {
  readonly sent: number;
  /** Writes per second that left, from the first to the last one; null for fewer than two. */
  readonly sentRatePerS: number | null;
  /** Writes that left more than one interval after they were due. None is ever skipped. */
  readonly late: number;
  /** How late the event loop woke up at worst, in milliseconds. */
  readonly eventLoopLagMaxMs: number;
  /** Why the adapter of a client could not go on; absent: it could. */
  readonly problem?: string | undefined;
  /** Of pubsub. */
  readonly heard?: Heard | undefined;
}

/** The error of a write that has none when the run stops waiting for it. */
export const NO_ANSWER = 'no answer until the end';

export type WriteOutcome =
  | {
      readonly type: 'acked';
      readonly at: number;
      /** Undefined: a client does not say. */
      readonly node?: string | undefined;
      readonly noneAt?: number | undefined;
      readonly answer?: number | undefined;
    }
  /** Certainly not applied: refused before it was sent, or an error reply that means so (READONLY, NOREPLICAS, …). */
  | { readonly type: 'failed'; readonly at: number; readonly error: string }
  /** Sent, no reply: applied or not. */
  | { readonly type: 'unknown'; readonly at: number; readonly error: string };

/** What an instance said of itself. */
export interface RoleSample {
  /** `performance.now()` of the answer. */
  readonly at: number;
  readonly node: string;
  readonly isPrimary: boolean;
  /** Of a replica: how much it has of what the primary wrote, in bytes since the beginning. */
  readonly offset?: number | undefined;
  /** It answered a read of a value, too. */
  readonly answersReads?: boolean | undefined;
  /** How replicas got in step with it since it started. */
  readonly resyncs?: Resyncs | undefined;
}

export interface Watch {
  close(): Promise<void>;
}
