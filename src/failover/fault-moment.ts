import type { WriteRecord } from '../stack/contract/failover.ts';

/** The call that made the fault, in milliseconds of the run's clock. */
export interface FaultCall {
  /** Just before the runtime (or an arbiter) was asked for it. Nothing before this is the fault's doing. */
  readonly calledAt: number;
  /** When the runtime said that the fault has taken effect; for a fault that a command triggers, `calledAt`. */
  readonly returnedAt: number;
}

export interface FaultMoment {
  readonly calledAt: number;
  /** What every figure is relative to. */
  readonly at: number;
}

/**
 * The fault took effect somewhere in its call, which may take long (an Engine answers a kill after hundreds of
 * milliseconds). What the primary still acknowledged meanwhile narrows that down to one interval of the schedule.
 */
export function momentOf(
  { calledAt, returnedAt }: FaultCall,
  history: readonly WriteRecord[],
  oldPrimary: string,
): FaultMoment {
  const alive = history.filter(
    ({ outcome, node, completed }) =>
      outcome === 'acked' && node === oldPrimary && completed > calledAt && completed <= returnedAt,
  );
  return { calledAt, at: alive.reduce((latest, { completed }) => Math.max(latest, completed), calledAt) };
}
