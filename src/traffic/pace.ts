/** When events are sent. Pure. */

/** With a rate, batches are small enough that this much time lies between two of them at most. */
const SMOOTH_MS = 20;

/** How many events go together: a slow rate in large batches would be one burst after another. */
export function chunkSize(batch: number, ratePerS: number | undefined): number {
  if (ratePerS === undefined) return batch;
  return Math.max(1, Math.min(batch, Math.floor((ratePerS * SMOOTH_MS) / 1000)));
}

/** Milliseconds after the start of the run at which an event is due: counted from the start, so that delays do not add up. */
export function dueMs(sequence: number, ratePerS: number | undefined): number {
  return ratePerS === undefined ? 0 : (sequence * 1000) / ratePerS;
}

export interface Rates {
  /** Events per second that were wanted; null: as fast as they are acknowledged. */
  readonly askedRatePerS: number | null;
  /** Events per second that left, whatever became of them; null: too few batches to measure. */
  readonly sentRatePerS: number | null;
  /** Events leave in batches: the rate is known to within so much. */
  readonly sentRateResolutionPerS: number | null;
  /** Null: no rate was asked for, or it could not be measured. */
  readonly askedRateReached: boolean | null;
}

/** A batch that leaves so much later than it is due has missed the rate; a short run is given one step of its pace. */
const LATE_SHARE = 0.01;

/**
 * The rate of a run: the events before its last batch, in the time until that batch left. Batches leave when they
 * are due (a timer may be a millisecond early) or later, so a run that keeps its pace has the rate that was wanted, and one
 * that does not has less.
 */
export function ratesOf(
  last: { readonly sequence: number; readonly atMs: number } | undefined,
  size: number,
  ratePerS: number | undefined,
): Rates {
  const askedRatePerS = ratePerS ?? null;
  if (last === undefined || last.sequence === 0 || last.atMs <= 0) {
    return { askedRatePerS, sentRatePerS: null, sentRateResolutionPerS: null, askedRateReached: null };
  }
  const { sequence, atMs } = last;
  const due = dueMs(sequence, ratePerS);
  return {
    askedRatePerS,
    sentRatePerS: rounded((sequence * 1000) / atMs),
    sentRateResolutionPerS: rounded((size * 1000) / atMs),
    askedRateReached: ratePerS === undefined ? null : atMs - due <= Math.max(SMOOTH_MS, due * LATE_SHARE),
  };
}

/** Three digits at least; a slow rate is no whole number. */
function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** After so many batches in a row that found the service away. */
export function pauseMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}
