import type { WriteRecord } from '../stack/contract/failover.ts';
import type { ClusterEvent, FailoverPhase } from '../stack/contract/scenario.ts';
import type { FaultMoment } from './fault-moment.ts';

/** Milliseconds after the fault; null: did not happen, or was not reported. */
export interface Timeline {
  readonly detectedMs: number | null;
  readonly agreedMs: number | null;
  readonly electedMs: number | null;
  readonly promotedMs: number | null;
  readonly switchedMs: number | null;
  readonly firstWriteMs: number | null;
}

export interface TimelineInput {
  readonly events: readonly ClusterEvent[];
  readonly history: readonly WriteRecord[];
  readonly fault: FaultMoment;
  /** Instance name of the primary that the fault hit. */
  readonly oldPrimary: string;
}

/** When each phase was first reported by any arbiter, and when a new primary first acknowledged a write. */
export function timeline({ events, history, fault, oldPrimary }: TimelineInput): Timeline {
  const first = (phase: FailoverPhase) =>
    sinceFault(
      fault,
      events.filter((event) => event.phase === phase).map(({ at }) => at),
    );
  const newAcks = history.filter(({ outcome, node }) => outcome === 'acked' && node !== oldPrimary);
  return {
    detectedMs: first('detected'),
    agreedMs: first('agreed'),
    electedMs: first('elected'),
    promotedMs: first('promoted'),
    switchedMs: first('switched'),
    firstWriteMs: sinceFault(
      fault,
      newAcks.map(({ completed }) => completed),
    ),
  };
}

function sinceFault(fault: FaultMoment, times: readonly number[]): number | null {
  const after = times.filter((at) => at >= fault.calledAt);
  return after.length === 0 ? null : after.reduce((least, at) => Math.min(least, at)) - fault.at;
}
