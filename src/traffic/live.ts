/** What is shown of a run while it sends: what was measured in its last whole second. Pure. */
import { StackctlError } from '../errors.ts';
import { counted } from '../lib/counted.ts';
import type { Figures } from '../lib/events.ts';
import type { LedgerView } from './ledger.ts';
import { createTimes } from './measure/histogram.ts';
import type { MeasureView } from './measure/measure.ts';
import type { Interval } from './measure/series.ts';

export interface ShownRun {
  readonly ledger: Pick<LedgerView, 'counts'>;
  readonly measure: Pick<MeasureView, 'meter' | 'series'>;
  /** Of each sink, where there are several. */
  readonly sinks?: readonly ShownSink[];
  /** Milliseconds since the start of the run. */
  now(): number;
}

export interface ShownSink extends Omit<ShownRun, 'sinks' | 'now'> {
  readonly name: string;
}

/** While what is on its way is waited for: how much that is, and how not to wait. */
export function stoppingText(
  { unit, stop }: { readonly unit: 'batch' | 'request'; readonly stop: AbortSignal },
  inFlight: number,
): string {
  const isInterrupt = stop.reason instanceof StackctlError && stop.reason.code === 'E_INTERRUPTED';
  const what = counted(inFlight, unit, unit === 'batch' ? 'batches' : 'requests');
  return `stopping: ${what} on the way, Ctrl-C${isInterrupt ? ' again' : ''} ends the program`;
}

/** One line: what was asked for and what was sent per second, response times, batches on their way, what went wrong. */
export function liveText(run: ShownRun, ratePerS: number | undefined): string {
  const { sentPerS, p50Ms, p99Ms, p999Ms, inFlight, acked, rejected, unknown, sinks } = liveFigures(run, ratePerS);
  const rate = [
    ...(ratePerS === undefined ? [] : [`${ratePerS}/s asked`]),
    ...(sentPerS === null ? [] : [`${sentPerS}/s sent`]),
  ];
  const times = p50Ms === null ? [] : [`p50 ${p50Ms}, p99 ${p99Ms}, p99.9 ${p999Ms} ms`];
  const all = [`${acked} acknowledged`, ...rate, ...times, `${inFlight} in flight`, ...wrongText(rejected, unknown)];
  return [all.join(', '), ...sinks.map(sinkText)].join('; ');
}

type SinkFigures = ReturnType<typeof figuresOf> & { readonly sink: string };

function sinkText({ sink, acked, p99Ms, rejected, unknown }: SinkFigures): string {
  const times = p99Ms === null ? [] : [`p99 ${p99Ms} ms`];
  return [`${sink} ${acked}`, ...times, ...wrongText(rejected, unknown)].join(', ');
}

function wrongText(rejected: number, unknown: number): readonly string[] {
  return [...(rejected === 0 ? [] : [`${rejected} rejected`]), ...(unknown === 0 ? [] : [`${unknown} unknown`])];
}

/** The same for programs. Null: not measured yet. `sinks` is empty where there is but one. */
export function liveFigures({ sinks = [], ...run }: ShownRun, ratePerS: number | undefined) {
  const nowMs = run.now();
  return {
    elapsedMs: Math.round(nowMs),
    ...figuresOf(run, nowMs),
    askedPerS: ratePerS ?? null,
    sinks: sinks.map(({ name, ...sink }) => ({ sink: name, ...figuresOf(sink, nowMs) })),
  } satisfies Figures;
}

function figuresOf({ ledger, measure }: Omit<ShownRun, 'sinks' | 'now'>, nowMs: number) {
  const last = lastWhole(measure.series.intervals(), nowMs);
  const { acked, rejected, unknown } = ledger.counts;
  return {
    ...{ acked, rejected, unknown },
    sentPerS: last === undefined ? null : Math.round((last.sent * 1000) / last.lengthMs),
    p50Ms: last?.times.at(50) ?? null,
    p99Ms: last?.times.at(99) ?? null,
    p999Ms: last?.times.at(99.9) ?? null,
    inFlight: measure.meter.inFlight,
  };
}

/** Undefined: none is over yet. One in which nothing happened is one, too: a server that stands still must not look as before. */
function lastWhole(
  intervals: readonly Interval[],
  nowMs: number,
): Pick<Interval, 'sent' | 'lengthMs' | 'times'> | undefined {
  const lengthMs = intervals[0]?.lengthMs ?? 1000;
  const index = Math.floor(nowMs / lengthMs) - 1;
  return index < 0 ? undefined : (intervals[index] ?? { sent: 0, lengthMs, times: NOTHING });
}

const NOTHING = createTimes();
