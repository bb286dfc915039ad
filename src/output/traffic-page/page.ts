import type { TrafficReport } from '../../traffic/report.ts';
import type { StoreReport } from '../../traffic/store-report.ts';
import type { Summary } from '../../traffic/summary.ts';
import { documentOf, verdictMarkup } from '../page/document.ts';
import { type Cell, escaped, tableMarkup } from '../page/markup.ts';
import { chartsMarkup } from './charts.ts';

export interface PageInput {
  readonly summary: Summary;
  /** What the page was made with, e.g. `stackctl 1.0.0`. */
  readonly madeBy: string;
}

/** One page about a run: its course, its times, and what the stores hold. */
export function trafficPage({ summary: { report, intervals, startedAt }, madeBy }: PageInput): string {
  const { profile, run, seed, verdict, reasons, thresholds, refusals, stores } = report;
  return documentOf({
    title: `Traffic of ${profile}: ${verdict}`,
    header: [
      `<h1>Traffic of ${escaped(profile)} ${verdictMarkup(verdict)}</h1>`,
      `<p>${escaped(madeBy)}, run ${run}, seed ${seed}, ${escaped(startedAt)}</p>`,
      ...(reasons.length === 0 ? [] : [`<ul>${reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('')}</ul>`]),
    ],
    main: [
      ...chartsMarkup(report, intervals),
      ...sinksMarkup(report),
      '<h2>Times in milliseconds</h2>',
      tableMarkup(['', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'mean', 'events'], timesRows(report)),
      ...cacheMarkup(report),
      ...(stores.length === 0
        ? []
        : [
            '<h2>What the stores hold</h2>',
            tableMarkup(['store', 'stored', 'missing', 'phantom', 'duplicates', 'proof'], stores.map(storeRow)),
          ]),
      ...(thresholds.length === 0
        ? []
        : [
            '<h2>Thresholds</h2>',
            tableMarkup(
              ['threshold', 'measured', ''],
              thresholds.map(({ threshold, value, unit, passed }) => [
                threshold,
                value === null ? '–' : `${value} ${unit}`.trim(),
                passed === null ? 'not measured' : passed ? 'met' : 'not met',
              ]),
            ),
          ]),
      ...(refusals.length === 0
        ? []
        : [
            '<h2>Why events were not acknowledged</h2>',
            tableMarkup(
              ['reason', 'outcome', 'sent to', 'events'],
              refusals.map(({ reason, outcome, sink, count }) => [reason, outcome, sink, count]),
            ),
          ]),
      '<h2>Figures</h2>',
      tableMarkup(['figure', 'value'], figureRows(report)),
    ],
  });
}

/** How often the answers came from a cache, where the profile asks them. */
function cacheMarkup({ sinks }: TrafficReport): readonly string[] {
  const rows = sinks.flatMap(({ sink, cache }): readonly (readonly Cell[])[] => {
    if (cache === null) return [];
    const { hits, misses, untold, hitPercent } = cache;
    return [[sink, hits, misses, untold, hitPercent === null ? '–' : `${hitPercent} %`]];
  });
  if (rows.length === 0) return [];
  return [
    '<h2>Answers from a cache</h2>',
    tableMarkup(['sent to', 'hits', 'misses', 'answer does not say', 'hit ratio'], rows),
  ];
}

/** Who was sent what, where that is more than one thing. */
function sinksMarkup({ operations, sinks, loop }: TrafficReport): readonly string[] {
  if (operations.length < 2) return [];
  const times = ({ responseMs: ms }: TrafficReport['sinks'][number]): readonly Cell[] =>
    ([ms?.p50, ms?.p90, ms?.p99, ms?.p999, ms?.max] as const).map((value) => value ?? '–');
  return [
    '<h2>Operations</h2>',
    tableMarkup(
      ['operation', 'sent to', 'acknowledged', 'refused', 'no answer'],
      operations.map(({ operation, sink, acked, rejected, unknown }) => [operation, sink, acked, rejected, unknown]),
    ),
    ...(sinks.length < 2
      ? []
      : [
          `<h2>Response times of each, from the instant an event was ${loop === 'open' ? 'due' : 'sent'}</h2>`,
          tableMarkup(
            ['sent to', 'p50', 'p90', 'p99', 'p99.9', 'max'],
            sinks.map((one) => [one.sink, ...times(one)]),
          ),
        ]),
  ];
}

function timesRows({ responseMs, serviceMs, latenessMs, loop }: TrafficReport): readonly (readonly Cell[])[] {
  const rows = [
    ...(loop === 'open' ? [['due to acknowledged', responseMs] as const] : []),
    ['sent to acknowledged', serviceMs] as const,
    ...(loop === 'open' ? [['due to sent', latenessMs] as const] : []),
  ];
  return rows.map(([name, times]) => [
    name,
    ...(['p50', 'p90', 'p95', 'p99', 'p999', 'max', 'mean', 'count'] as const).map((key) => times?.[key] ?? '–'),
  ]);
}

function storeRow({ store, guarantee, stored, missing, phantom, duplicates, error }: StoreReport): readonly Cell[] {
  const proof = guarantee === 'atMostOnce' ? 'no: at most once' : (error ?? 'read back');
  return [store, stored ?? '–', missing ?? '–', phantom ?? '–', duplicates ?? '–', proof];
}

function figureRows(report: TrafficReport): readonly (readonly Cell[])[] {
  const { asked, acked, rejected, unknown, askedRatePerS, sentRatePerS, sentRateResolutionPerS } = report;
  const sent = sentRatePerS === null ? '–' : `${sentRatePerS}/s, to within ${sentRateResolutionPerS}/s`;
  return [
    ['loop', report.loop],
    ['ended by', report.ended],
    ['sent', `${asked} in ${report.durationMs} ms`],
    ['acknowledged', `${acked} (${report.ratePerS}/s)`],
    ['refused, no answer', `${rejected}, ${unknown}`],
    ['rate that was asked for', askedRatePerS === null ? '–' : `${askedRatePerS}/s`],
    ['rate that was sent', sent],
    ['part of the asked rate', report.achievedPercent === null ? '–' : `${report.achievedPercent} %`],
    [
      'batches on their way',
      `${report.mostInFlight} at most, ${report.inFlight} allowed, all of them for ${report.allInFlightMs} ms`,
    ],
    ['timestamps from', report.epoch],
  ];
}
