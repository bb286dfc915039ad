/** What a kind offers whose instances know and move the primary of another service, and what that other kind offers. */
import type { Secret } from '../../lib/secret.ts';
import type { Instance, RecordedPrimary, ServiceInput } from './model.ts';
import type { ProbeTable } from './probe.ts';

/** What the instances say about the primary. */
export interface PrimaryAnswer {
  /** By the newest of their answers; undefined when none answers, or when what it names is no instance of the stack. */
  readonly primary: RecordedPrimary | undefined;
  /** Every declared instance has answered, and `primary` is there. Then no state file can have anything newer. */
  readonly isComplete: boolean;
}

export interface ArbiterCapability<Options = unknown> {
  /** Name under which the instances know the monitored group, e.g. `kasagi-master`. */
  groupName(input: ServiceInput<Options>): string;
  password(input: ServiceInput<Options>): Secret | undefined;
  /** Asks the instances. The primary is matched by its peer address. */
  askPrimary(input: ServiceInput<Options>, signal: AbortSignal): Promise<PrimaryAnswer>;
  /** What their probes have said a moment ago: the same answer without asking again. */
  probedPrimary(input: ServiceInput<Options>, probes: ProbeTable): PrimaryAnswer;
  /** File in an instance's data folder that remembers the primary: read unless every instance answers. */
  readonly stateFile: string;
  parseState(input: ServiceInput<Options>, text: string): RecordedPrimary | undefined;
  /** Makes the running instances drop the instances in `gone`: one after the other, each when the one before knows its group again. */
  forget(input: ServiceInput<Options>, gone: readonly Instance[], signal: AbortSignal): Promise<void>;
  /**
   * Moves the primary to another instance and returns once every running instance agrees on it. Until the new primary is
   * one, an error or an abort of `signal` leaves everything as it was; after that it is ended in any case.
   * @throws E_NOT_READY when something is in the way, with all `reasons` in its details; nothing was changed.
   */
  handOver(input: ServiceInput<Options>, wish: HandOverWish, signal: AbortSignal): Promise<HandOver>;
}

/**
 * `express`: writes wait until the new primary has everything, and the arbiters are told of it at once. `graceful`: writes
 * wait, and the arbiters' own failover does the rest. `coordinated`: the arbiters have the primary itself hand over, where they
 * can. `stock`: their own failover alone, which loses acknowledged writes.
 */
export type HandOverMode = 'express' | 'graceful' | 'coordinated' | 'stock';

export interface HandOverWish {
  /** Undefined: the quickest that loses nothing and that the group allows. */
  readonly mode?: HandOverMode | undefined;
  /** The new primary; undefined: whichever the arbiters would choose. */
  readonly to?: Instance | undefined;
  /** Never these. */
  readonly avoid?: readonly Instance[];
  /** Called when a step begins. */
  readonly onStep?: (step: HandOverStep) => void;
  /** Called with what goes another way than usual, in words. */
  readonly onWarning?: (text: string) => void;
}

/** In the order in which they are taken; not every way has all of them. */
export type HandOverStep = 'check' | 'pause' | 'catch-up' | 'promote' | 'tell' | 'follow' | 'resume' | 'agree';

export interface HandOver {
  readonly mode: HandOverMode;
  readonly from: string;
  readonly primary: RecordedPrimary;
  /** Names of the instances that did not answer and were not waited for. */
  readonly leftOut: readonly string[];
  /** When each step began, in milliseconds since the first one. */
  readonly steps: Readonly<Partial<Record<HandOverStep, number>>>;
  /** How the replicas got in step with the new primary; undefined where nobody counts it. */
  readonly resyncs: Resyncs | undefined;
}

export interface Resyncs {
  /** Got everything anew. */
  readonly full: number;
  /** Got what they had missed. */
  readonly partial: number;
}

export interface ReplicatedCapability<Options = unknown> {
  password(input: ServiceInput<Options>): Secret | undefined;
}
