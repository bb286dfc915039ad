/** Times of a run, kept by their size: a percentile of millions of them is right to three digits. */
import { build, type Histogram } from 'hdr-histogram-js';

export interface Percentiles {
  /** Milliseconds, to three significant digits. */
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
  /** How many times were measured. */
  readonly count: number;
}

export interface Times {
  /** @param ms below 0 counts as 0: a timer may be early. @param times how many events it is of. */
  add(ms: number, times?: number): void;
  addAll(other: Times): void;
  /** Milliseconds below which such a share of the times lies, in percent; undefined: nothing was measured. */
  at(percent: number): number | undefined;
  /** Undefined: nothing was measured. */
  percentiles(): Percentiles | undefined;
  /** Milliseconds with all digits, to compare with; undefined: nothing was measured. @param what a percentage, or the name of a statistic. */
  exactly(what: number | 'max' | 'mean'): number | undefined;
  readonly count: number;
  /** In microseconds. */
  readonly histogram: Histogram;
}

const DIGITS = 3;
/** Longer ones count as this: a run in which an answer takes an hour needs no third digit. */
const LONGEST_US = 3_600_000_000;

export function createTimes(): Times {
  const histogram = build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    // Grows with what it is given.
    highestTrackableValue: 1_000_000,
    autoResize: true,
    numberOfSignificantValueDigits: DIGITS,
    useWebAssembly: false,
  });
  // A bucket is told by its upper end, which may lie beyond what was measured.
  const valueAt = (percent: number): number => Math.min(histogram.maxValue, histogram.getValueAtPercentile(percent));
  const at = (percent: number): number => milliseconds(valueAt(percent));
  return {
    histogram,
    get count() {
      return histogram.totalCount;
    },
    add: (ms, times = 1) => {
      const us = Math.min(LONGEST_US, Math.max(0, Math.round(ms * 1000)));
      if (times === 1) histogram.recordValue(us);
      else if (times > 1) histogram.recordValueWithCount(us, times);
    },
    addAll: (other) => histogram.add(other.histogram),
    at: (percent) => (histogram.totalCount === 0 ? undefined : at(percent)),
    exactly: (what) => {
      if (histogram.totalCount === 0) return undefined;
      if (what === 'max') return histogram.maxValue / 1000;
      return (what === 'mean' ? histogram.mean : valueAt(what)) / 1000;
    },
    percentiles: () =>
      histogram.totalCount === 0
        ? undefined
        : {
            ...{ p50: at(50), p90: at(90), p95: at(95), p99: at(99), p999: at(99.9) },
            ...{ max: milliseconds(histogram.maxValue), mean: milliseconds(histogram.mean) },
            count: histogram.totalCount,
          },
  };
}

/** Microseconds to milliseconds, with the digits that are known. */
function milliseconds(us: number): number {
  return Number((us / 1000).toPrecision(DIGITS));
}
