/** What is shown of a run while it sends: what was measured in its last whole second. Pure. */
import type { Figures } from '../lib/events.ts';
import { createTimes } from './measure/histogram.ts';
import type { Interval } from './measure/series.ts';
import type { Sending } from './sending.ts';

export type ShownRun = Pick<Sending, 'ledger' | 'measure' | 'now'>;

/** One line: what was asked for and what was sent per second, response times, batches on their way, what went wrong. */
export function liveText(run: ShownRun, ratePerS: number | undefined): string {
  const { sentPerS, p50Ms, p99Ms, p999Ms, inFlight, acked, rejected, unknown } = liveFigures(run, ratePerS);
  const rate = [
    ...(ratePerS === undefined ? [] : [`${ratePerS}/s asked`]),
    ...(sentPerS === null ? [] : [`${sentPerS}/s sent`]),
  ];
  const times = p50Ms === null ? [] : [`p50 ${p50Ms}, p99 ${p99Ms}, p99.9 ${p999Ms} ms`];
  const wrong = [...(rejected === 0 ? [] : [`${rejected} rejected`]), ...(unknown === 0 ? [] : [`${unknown} unknown`])];
  return [`${acked} acknowledged`, ...rate, ...times, `${inFlight} in flight`, ...wrong].join(', ');
}

/** The same for programs. Null: not measured yet. */
export function liveFigures({ ledger, measure, now }: ShownRun, ratePerS: number | undefined) {
  const last = lastWhole(measure.series.intervals(), now());
  const { acked, rejected, unknown } = ledger.counts;
  return {
    elapsedMs: Math.round(now()),
    ...{ acked, rejected, unknown },
    askedPerS: ratePerS ?? null,
    sentPerS: last === undefined ? null : Math.round((last.sent * 1000) / last.lengthMs),
    p50Ms: last?.times.at(50) ?? null,
    p99Ms: last?.times.at(99) ?? null,
    p999Ms: last?.times.at(99.9) ?? null,
    inFlight: measure.meter.inFlight,
  } satisfies Figures;
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
