/** What a run has to reach, as a person writes it: `p99 < 50ms`, `errors.rate <= 0.1%`, `rate.achieved >= 99%`. Pure. */
import type { Times } from './measure/histogram.ts';

export interface Threshold {
  /** As it was written. */
  readonly text: string;
  /** Name of what events are sent to; undefined: of all together. */
  readonly sink: string | undefined;
  readonly metric: string;
  readonly operator: Operator;
  /** In the unit of the metric. */
  readonly limit: number;
}

export interface ThresholdResult {
  readonly threshold: string;
  /** What was measured: milliseconds, percent, a number of events, events per second; null: nothing was. */
  readonly value: number | null;
  readonly unit: Unit;
  /** Null: nothing was measured. */
  readonly passed: boolean | null;
}

/** What thresholds are held against. */
export interface Figures {
  readonly response: Pick<Times, 'exactly'>;
  readonly service: Pick<Times, 'exactly'>;
  readonly lateness: Pick<Times, 'exactly'>;
  /** With all digits, as everything here: what is compared is not rounded. */
  readonly achievedPercent: number | null;
  readonly ackedPerS: number;
  /** Answers from a cache, of those that say whether they are; null: none did. */
  readonly hitPercent: number | null;
  readonly counts: { readonly asked: number; readonly rejected: number; readonly unknown: number };
  /** Of all stores that are proof; null: one could not be read, or what is judged is no store's. */
  readonly stores: {
    readonly missing: number | null;
    readonly phantom: number | null;
    readonly duplicates: number | null;
  };
}

type Unit = 'ms' | '%' | '/s' | '';
type Operator = '<' | '<=' | '>' | '>=' | '==';

const UNITS: Readonly<Record<string, { readonly of: Unit; readonly factor: number }>> = {
  us: { of: 'ms', factor: 0.001 },
  ms: { of: 'ms', factor: 1 },
  s: { of: 'ms', factor: 1000 },
  m: { of: 'ms', factor: 60_000 },
  '%': { of: '%', factor: 1 },
  '/s': { of: '/s', factor: 1 },
  'k/s': { of: '/s', factor: 1000 },
  'M/s': { of: '/s', factor: 1_000_000 },
  '': { of: '', factor: 1 },
};

const COMPARE: Readonly<Record<Operator, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '==': (value, limit) => value === limit,
};

const NAMED: Readonly<Record<string, { readonly unit: Unit; readonly of: (figures: Figures) => number | null }>> = {
  'rate.achieved': { unit: '%', of: ({ achievedPercent }) => achievedPercent },
  'rate.acked': { unit: '/s', of: ({ ackedPerS }) => ackedPerS },
  'errors.rate': { unit: '%', of: ({ counts }) => share(counts.rejected + counts.unknown, counts.asked) },
  'errors.rejected': { unit: '', of: ({ counts }) => counts.rejected },
  'errors.unknown': { unit: '', of: ({ counts }) => counts.unknown },
  'hits.rate': { unit: '%', of: ({ hitPercent }) => hitPercent },
  'reconcile.missing': { unit: '', of: ({ stores }) => stores.missing },
  'reconcile.phantom': { unit: '', of: ({ stores }) => stores.phantom },
  'reconcile.duplicates': { unit: '', of: ({ stores }) => stores.duplicates },
};

/** One more than is known of a time. */
const SHOWN_DIGITS = 4;

const TIMES = /^(?:(response|service|lateness)\.)?(?:p(\d{1,2}(?:\.\d+)?|100)|(max|mean))$/;
const EXPRESSION = /^\s*([a-z][A-Za-z0-9.-]*)\s*(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m|%|k\/s|M\/s|\/s|)\s*$/;

export const THRESHOLD_EXAMPLE =
  'p99<50ms, service.p99.9<20ms, errors.rate<0.1%, rate.achieved>=99%, reconcile.missing==0';

/** @returns `problem`: what is wrong with it, in words. */
export function parseThreshold(text: string): Threshold | { readonly problem: string } {
  const [, name, operator, number, unit] = EXPRESSION.exec(text) ?? [];
  if (name === undefined || operator === undefined || number === undefined || unit === undefined) {
    return { problem: `is not a metric, a comparison and a number with its unit, as in ${THRESHOLD_EXAMPLE}` };
  }
  const { sink, metric } = splitName(name);
  const wanted = unitOf(metric);
  if (wanted === undefined) {
    const known = ['p50 to p99.99', 'max', 'mean', ...Object.keys(NAMED)].join(', ');
    return {
      problem: `knows no metric ${name}; there are ${known}; times may begin with response, service or lateness and a dot`,
    };
  }
  if (sink !== undefined && metric.startsWith('reconcile.')) {
    return { problem: `is about all stores: it cannot begin with ${sink}` };
  }
  const given = UNITS[unit];
  if (given?.of !== wanted) return { problem: `needs a number ${UNIT_WORDS[wanted]} for ${metric}` };
  return { text: text.trim(), sink, metric, operator: operator as Operator, limit: Number(number) * given.factor };
}

/** `orders.p99` is the p99 of the sink `orders`; what is a metric as a whole is no sink's. */
function splitName(name: string): Pick<Threshold, 'sink' | 'metric'> {
  const dot = name.indexOf('.');
  const metric = name.slice(dot + 1);
  if (dot <= 0 || unitOf(name) !== undefined || unitOf(metric) === undefined) return { sink: undefined, metric: name };
  return { sink: name.slice(0, dot), metric };
}

/** Words that metrics begin with. */
export const METRIC_WORDS: ReadonlySet<string> = new Set([
  ...['response', 'service', 'lateness', 'max', 'mean'],
  ...Object.keys(NAMED).map((name) => name.slice(0, name.indexOf('.'))),
]);

const UNIT_WORDS: Readonly<Record<Unit, string>> = {
  ms: 'with a unit of time (50ms)',
  '%': 'in percent (99%)',
  '/s': 'per second (1000/s)',
  '': 'without a unit',
};

/** What became of a threshold. */
export function judgeThreshold({ text, metric, operator, limit }: Threshold, figures: Figures): ThresholdResult {
  const value = measuredFor(metric, figures) ?? null;
  const passed = value === null ? null : COMPARE[operator](value, limit);
  const unit = unitOf(metric) ?? '';
  const shown = value === null || unit === '' ? value : Number(value.toPrecision(SHOWN_DIGITS));
  return { threshold: text, value: shown, unit, passed };
}

function unitOf(metric: string): Unit | undefined {
  return TIMES.test(metric) ? 'ms' : NAMED[metric]?.unit;
}

function measuredFor(metric: string, figures: Figures): number | null | undefined {
  const [isTime, kind = 'response', percent, statistic] = TIMES.exec(metric) ?? [];
  if (isTime === undefined) return NAMED[metric]?.of(figures);
  const times = figures[kind as 'response' | 'service' | 'lateness'];
  return times.exactly(percent === undefined ? (statistic as 'max' | 'mean') : Number(percent));
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : (100 * part) / whole;
}
