/** What a run of any kind measured of itself, and what that is held against. Pure. */
import type { Counts } from './ledger.ts';
import type { Percentiles } from './measure/histogram.ts';
import type { CacheCounts, MeasureView } from './measure/measure.ts';
import type { Departure } from './measure/meter.ts';
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
  /** As its parts name it: a sink; undefined: all together. */
  readonly name?: string;
  readonly counts: Counts;
  readonly measure: MeasureView;
  readonly durationMs: number;
  /** Events per second; undefined: as fast as they are acknowledged, or as they were recorded. */
  readonly ratePerS: number | undefined;
  readonly inFlight: number;
  /** Of each sink, where there are several. */
  readonly parts?: readonly (Measured & { readonly name: string })[];
}

/** @returns `missed`, `unmeasured`: in words, the thresholds that were not met, and those that nothing was measured for. */
export function measuredRun(whole: Measured, wanted: readonly Threshold[], stores: Figures['stores']) {
  const { parts = [] } = whole;
  const figures = figuresOf(whole, stores);
  const ofPart = new Map(parts.map((part) => [part.name, figuresOf(part, NO_STORES)]));
  const thresholds = wanted.flatMap((one) => {
    const own = one.sink === undefined ? figures : (ofPart.get(one.sink) ?? (parts.length === 0 ? figures : undefined));
    return own === undefined ? [] : [judgeThreshold(one, own)];
  });
  return {
    measured: { ...measuredOf(whole), thresholds } satisfies MeasuredRun,
    missed: thresholds.filter(({ passed }) => passed === false).map(missedText),
    unmeasured: thresholds.filter(({ passed }) => passed === null).map(unmeasuredText),
  };
}

const NO_STORES = { missing: null, phantom: null, duplicates: null } as const;

/** What is measured of a run, or of one of its sinks. */
export function measuredOf({ counts, measure, durationMs, ratePerS, inFlight, parts }: Measured) {
  return {
    ratePerS: rounded(ackedPerS(counts, durationMs)),
    durationMs: Math.round(durationMs),
    ...ratesOf(measure.meter.last, ratePerS, slowestOf(measure, parts)),
    inFlight,
    mostInFlight: measure.meter.mostInFlight,
    allInFlightMs: Math.round(measure.meter.fullMs),
    responseMs: measure.response.percentiles() ?? null,
    serviceMs: measure.service.percentiles() ?? null,
    latenessMs: measure.lateness.percentiles() ?? null,
  };
}

function figuresOf({ counts, measure, durationMs, parts }: Measured, stores: Figures['stores']): Figures {
  const achievedPercent = achievedOf(slowestOf(measure, parts));
  const hitPercent = hitPercentOf(measure.cache);
  return { ...measure, achievedPercent, ackedPerS: ackedPerS(counts, durationMs), hitPercent, counts, stores };
}

/** Of the answers that say whether they came from a cache those that did, from 0 to 100, with all digits; null: none says it. */
export function hitPercentOf({ hits, misses }: CacheCounts): number | null {
  return hits + misses === 0 ? null : (100 * hits) / (hits + misses);
}

function ackedPerS({ acked }: Counts, durationMs: number): number {
  return durationMs > 0 ? (acked * 1000) / durationMs : 0;
}

/** A run is as late as the latest of its sinks. */
function slowestOf({ meter }: MeasureView, parts: Measured['parts'] = []): Departure | undefined {
  const lasts = parts.flatMap(({ measure }) => measure.meter.last ?? []);
  const late = (last: Departure): number => achievedOf(last) ?? Number.POSITIVE_INFINITY;
  return (
    lasts.reduce<Departure | undefined>(
      (worst, last) => (worst === undefined || late(last) < late(worst) ? last : worst),
      undefined,
    ) ?? meter.last
  );
}

function missedText({ threshold, value, unit }: ThresholdResult): string {
  return `the threshold ${threshold} was not met: ${value}${unit === '%' || unit === '' ? unit : ` ${unit}`}`;
}

function unmeasuredText({ threshold }: ThresholdResult): string {
  return `nothing was measured that the threshold ${threshold} could be held against`;
}
