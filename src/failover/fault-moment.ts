/** When a fault happened, in milliseconds of the run's clock. */
export interface FaultMoment {
  /** Just before the runtime (or the server) was asked for it. Nothing before this is the fault's doing. */
  readonly calledAt: number;
  /**
   * What every figure is relative to: when the runtime said that the fault has taken effect; for a fault that a command
   * triggers, when the command was sent.
   */
  readonly at: number;
}
