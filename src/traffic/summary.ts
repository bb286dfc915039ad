/** What a run leaves behind in files. Pure. */
import type { Percentiles } from './measure/histogram.ts';
import type { Interval } from './measure/series.ts';
import type { TrafficReport } from './report.ts';

/** A run, and what happened in it over time. */
export interface TrafficResult {
  readonly report: TrafficReport;
  /** Unix time at which the first event could be sent. */
  readonly startedMs: number;
  readonly intervals: readonly Interval[];
}

export interface Summary {
  /** A new field does not change it. */
  readonly schemaVersion: 1;
  readonly startedAt: string;
  readonly report: TrafficReport;
  readonly intervals: readonly IntervalSummary[];
}

export interface IntervalSummary {
  /** Milliseconds after the start of the run. */
  readonly startMs: number;
  readonly lengthMs: number;
  /** Events that were due in it, of all that were sent; 0 in a closed loop. */
  readonly due: number;
  readonly sent: number;
  readonly acked: number;
  readonly rejected: number;
  readonly unknown: number;
  /** Of those that were acknowledged, answers that said that they came from a cache, and that they did not. */
  readonly hits: number;
  readonly misses: number;
  /** Of what was acknowledged in it; null: nothing was. */
  readonly responseMs: Percentiles | null;
}

export function summaryOf({ report, startedMs, intervals }: TrafficResult): Summary {
  return {
    schemaVersion: 1,
    startedAt: new Date(startedMs).toISOString(),
    report,
    intervals: intervals.map(({ times, ...counts }) => ({ ...counts, responseMs: times.percentiles() ?? null })),
  };
}
