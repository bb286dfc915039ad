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
   * Moves the primary to an instance that is not in `avoid`, loses no acknowledged write, and returns once every
   * running instance agrees on the new one.
   */
  handOver(input: ServiceInput<Options>, avoid: readonly Instance[], signal: AbortSignal): Promise<RecordedPrimary>;
}

export interface ReplicatedCapability<Options = unknown> {
  password(input: ServiceInput<Options>): Secret | undefined;
}
