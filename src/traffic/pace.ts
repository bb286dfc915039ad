/** How fast events were sent, beside how fast they should have been. Pure. */
import type { Departure } from './measure/meter.ts';

export interface Rates {
  /** `open`: events have instants at which they are due; `closed`: the next ones are sent when earlier ones are answered. */
  readonly loop: 'open' | 'closed';
  /** Events per second that were wanted, where the factor of the shape is 1; null: as fast as they are acknowledged, or as they were recorded. */
  readonly askedRatePerS: number | null;
  /** Events per second that left, whatever became of them; null: too few batches to measure. */
  readonly sentRatePerS: number | null;
  /** Events leave in batches: the rate is known to within so much. */
  readonly sentRateResolutionPerS: number | null;
  /** Part of the rate that was due by then, in percent; null: no rate was asked for, or it could not be measured. */
  readonly achievedPercent: number | null;
  /** Null as above. */
  readonly askedRateReached: boolean | null;
}

/** A batch that leaves so much later than it is due has missed the rate. */
const LATE_SHARE = 0.01;
/** Timers and the machine's other work: less than this is not a missed rate, however short the run. */
const LATE_MS = 20;

/**
 * The rate of a run: the events before its last batch, in the time until that batch left. Batches leave when they
 * are due or later, so a run that keeps its pace has the rate that was wanted, and one that does not has less.
 * @param slowest the last batch of the sink that was furthest behind, where there are several.
 */
export function ratesOf(
  last: Departure | undefined,
  ratePerS: number | undefined,
  slowest: Departure | undefined = last,
): Rates {
  const isOpen = ratePerS !== undefined || last?.dueMs !== undefined;
  const asked = { loop: isOpen ? 'open' : 'closed', askedRatePerS: ratePerS ?? null } as const;
  if (last === undefined || last.sequence === 0 || last.atMs <= 0) {
    return { ...asked, ...{ sentRatePerS: null, sentRateResolutionPerS: null }, ...NOT_MEASURED };
  }
  const { sequence, events } = last;
  // The sink that was furthest behind ended the sending.
  const atMs = Math.max(last.atMs, slowest?.atMs ?? 0);
  const dueMs = slowest?.dueMs;
  const lateMs = dueMs === undefined ? undefined : Math.max(0, (slowest?.atMs ?? 0) - dueMs);
  const achieved = achievedOf(slowest);
  return {
    ...asked,
    sentRatePerS: rounded((sequence * 1000) / atMs),
    sentRateResolutionPerS: rounded((events * 1000) / atMs),
    ...(dueMs === undefined || lateMs === undefined || achieved === null
      ? NOT_MEASURED
      : {
          achievedPercent: shownPercent(achieved),
          askedRateReached: lateMs <= Math.max(LATE_MS, dueMs * LATE_SHARE),
        }),
  };
}

const NOT_MEASURED = { achievedPercent: null, askedRateReached: null } as const;

/** Part of the rate that was due when the last batch left, in percent with all digits; null: it could not be measured. */
export function achievedOf(last: Departure | undefined): number | null {
  if (last?.dueMs === undefined || last.dueMs <= 0 || last.sequence === 0) return null;
  return (100 * last.dueMs) / Math.max(last.dueMs, last.atMs);
}

/** Never 100 for what is less. */
export function shownPercent(percent: number): number {
  return percent >= 100 ? 100 : Math.min(99.9, Number(percent.toPrecision(3)));
}

/** Three digits at least; a slow rate is no whole number. */
export function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** In a closed loop, after so many batches in a row that found the service away. */
export function pauseMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}
