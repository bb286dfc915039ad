import type { Emit } from '../lib/events.ts';
import type { ClientUnderTest, FailoverCapability } from '../stack/contract/failover.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import type { FailoverInput, Scenario } from '../stack/contract/scenario.ts';
import type { Clock } from './history.ts';
import type { Thresholds } from './thresholds.ts';

export interface RunInput {
  readonly target: FailoverInput;
  readonly capability: FailoverCapability;
  readonly runtime: Pick<Runtime, 'name' | 'faults' | 'lacks' | 'confirmFaults' | 'inject' | 'heal'>;
  readonly scenario: Scenario;
  readonly thresholds: Thresholds;
  /** Unique, sorts by time. */
  readonly runId: string;
  /** Writes per second. */
  readonly ratePerS: number;
  /** Applications' clients, which write beside stackctl's own writer. */
  readonly clients: readonly ClientUnderTest[];
  readonly limits: RunLimits;
  /** The project's fault journal. */
  readonly faults: string;
  /** Folder of the histories. */
  readonly histories: string;
  /** How many of them stay, the one of this run included. */
  readonly keptHistories: number;
  /** The command, for the journal. */
  readonly command: string;
  readonly clock: Clock;
  readonly date: () => Date;
  /** In [0, 1): moves the fault against the arbiters' own timers, so that repeated runs meet all phases. */
  readonly random: () => number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** In milliseconds. */
export interface RunLimits {
  readonly warmUpMs: number;
  /** From the fault until every arbiter has switched. */
  readonly switchMs: number;
  /** Until nothing is left of a failover, before the fault and after the heal. */
  readonly steadyMs: number;
  readonly drainMs: number;
  readonly readMs: number;
}
