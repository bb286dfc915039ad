import type { LostRange } from './checker.ts';
import type { FaultMoment } from './fault-moment.ts';
import { tenth } from './tenth.ts';
import type { Timeline } from './timeline.ts';

/** Consecutive values that one instance acknowledged and that are gone, as the JSON has them. */
export interface ReportedRange {
  /** Both ends included. */
  readonly from: number;
  readonly to: number;
  readonly node: string;
  /** When the first and the last of them were acknowledged, in milliseconds after the fault. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly phase: LossPhase;
}

/** How far the failover was when the last of them was acknowledged, by what the arbiters had reported. */
export type LossPhase =
  | 'before the fault'
  | 'before it was detected'
  | 'before a replica was promoted'
  | 'after a replica was promoted';

export function reportedRanges(
  ranges: readonly LostRange[],
  fault: FaultMoment,
  timeline: Timeline,
): readonly ReportedRange[] {
  return ranges.map(({ from, to, node, firstAt, lastAt }) => {
    const [firstMs, lastMs] = [tenth(firstAt - fault.at), tenth(lastAt - fault.at)];
    return { from, to, node, firstMs, lastMs, phase: phaseAt(lastMs, timeline) };
  });
}

function phaseAt(ms: number, { detectedMs, promotedMs, switchedMs }: Timeline): LossPhase {
  if (ms <= 0) return 'before the fault';
  const promoted = promotedMs ?? switchedMs;
  if (promoted !== null && ms > promoted) return 'after a replica was promoted';
  return detectedMs !== null && ms > detectedMs ? 'before a replica was promoted' : 'before it was detected';
}
