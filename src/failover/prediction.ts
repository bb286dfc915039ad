import type { Prediction } from '../stack/contract/scenario.ts';
import type { Timeline } from './timeline.ts';

/** What the model says beside what was measured, in milliseconds. */
export interface ReportedPrediction {
  readonly lowMs: number;
  readonly highMs: number;
  /** In words, which part took longer than the model says; empty where none did, and where the outage is no longer than predicted. */
  readonly longer: readonly string[];
}

/** An outage is an outlier when it is longer than predicted, its resolution taken off. Pure. */
export function beside(
  { lowMs, highMs, phases }: Prediction,
  timeline: Timeline,
  { outageMs, resolutionMs }: { readonly outageMs: number | null; readonly resolutionMs: number },
): ReportedPrediction {
  const isOutlier = outageMs === null || outageMs - resolutionMs > highMs;
  const longer = phases.flatMap(({ name, from, to, mostMs }) => {
    const [begun, ended] = [from === 'fault' ? 0 : timeline[from], timeline[to]];
    if (begun === null) return [];
    if (ended === null) return [`${name}: not seen`];
    const took = Math.round(ended - begun);
    return took > mostMs ? [`${name}: ${took} ms, and at most ${Math.round(mostMs)} ms by the model`] : [];
  });
  return { lowMs, highMs, longer: isOutlier ? longer : [] };
}
