/** What a run of any kind measured of itself, and what that is held against. Pure. */
import type { LedgerView } from './ledger.ts';
import type { Percentiles } from './measure/histogram.ts';
import type { MeasureView } from './measure/measure.ts';
import { achievedOf, type Rates, ratesOf, rounded } from './pace.ts';
import { type Figures, judgeThreshold, type Threshold, type ThresholdResult } from './thresholds.ts';

/** Rates as they were wanted and as they were measured. */
export interface MeasuredRun extends Rates {
  /** Acknowledged events per second of sending. */
  readonly ratePerS: number;
  readonly durationMs: number;
  /** Batches that may be on their way at the same time, and most that were. */
  readonly inFlight: number;
  readonly mostInFlight: number;
  /** How long as many as may be were on their way. */
  readonly allInFlightMs: number;
  /** From the instant at which an event was due (closed loop: sent) to its acknowledgement. Null: nothing was acknowledged. */
  readonly responseMs: Percentiles | null;
  /** From the sending of its batch to its acknowledgement. */
  readonly serviceMs: Percentiles | null;
  /** From the instant at which it was due to the sending of its batch. Null in a closed loop. */
  readonly latenessMs: Percentiles | null;
  readonly thresholds: readonly ThresholdResult[];
}

export interface Measured {
  readonly ledger: LedgerView;
  readonly measure: MeasureView;
  readonly durationMs: number;
  /** Events per second; undefined: as fast as they are acknowledged, or as they were recorded. */
  readonly ratePerS: number | undefined;
  readonly inFlight: number;
}

/** @returns `missed`, `unmeasured`: in words, the thresholds that were not met, and those that nothing was measured for. */
export function measuredRun(
  { ledger: { counts }, measure, durationMs, ratePerS: asked, inFlight }: Measured,
  wanted: readonly Threshold[],
  stores: Figures['stores'],
) {
  const rates = ratesOf(measure.meter.last, asked);
  const ackedPerS = durationMs > 0 ? (counts.acked * 1000) / durationMs : 0;
  const figures = { ...measure, achievedPercent: achievedOf(measure.meter.last), ackedPerS, counts, stores };
  const thresholds = wanted.map((one) => judgeThreshold(one, figures));
  const measured: MeasuredRun = {
    ratePerS: rounded(ackedPerS),
    durationMs: Math.round(durationMs),
    ...rates,
    inFlight,
    mostInFlight: measure.meter.mostInFlight,
    allInFlightMs: Math.round(measure.meter.fullMs),
    responseMs: measure.response.percentiles() ?? null,
    serviceMs: measure.service.percentiles() ?? null,
    latenessMs: measure.lateness.percentiles() ?? null,
    thresholds,
  };
  return {
    measured,
    missed: thresholds.filter(({ passed }) => passed === false).map(missedText),
    unmeasured: thresholds.filter(({ passed }) => passed === null).map(unmeasuredText),
  };
}

function missedText({ threshold, value, unit }: ThresholdResult): string {
  return `the threshold ${threshold} was not met: ${value}${unit === '%' || unit === '' ? unit : ` ${unit}`}`;
}

function unmeasuredText({ threshold }: ThresholdResult): string {
  return `nothing was measured that the threshold ${threshold} could be held against`;
}
