import type { TrafficReport } from '../../traffic/report.ts';
import type { StoreReport } from '../../traffic/store-report.ts';
import type { IntervalSummary, Summary } from '../../traffic/summary.ts';
import { documentOf, verdictMarkup } from '../page/document.ts';
import { type Cell, escaped, tableMarkup } from '../page/markup.ts';
import { chartMarkup } from './chart.ts';

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
      '<h2>What the stores hold</h2>',
      tableMarkup(['store', 'stored', 'missing', 'phantom', 'duplicates', 'proof'], stores.map(storeRow)),
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

function chartsMarkup(report: TrafficReport, all: readonly IntervalSummary[]): readonly string[] {
  // What is left of the last interval is too short for a rate.
  const intervals = all.filter(
    ({ startMs, lengthMs }, index) => index === 0 || report.durationMs - startMs >= lengthMs / 5,
  );
  const perS = (value: number, { startMs, lengthMs }: IntervalSummary): number =>
    Math.round((value * 1000) / Math.max(1, Math.min(lengthMs, report.durationMs - startMs)));
  const rate = (what: 'sent' | 'acked' | 'rejected' | 'unknown') => intervals.map((one) => perS(one[what], one));
  const times = (key: 'p50' | 'p99' | 'p999' | 'max') => intervals.map(({ responseMs }) => responseMs?.[key] ?? null);
  const troubles = report.rejected + report.unknown > 0;
  return [
    '<h2>Events per second</h2>',
    chartMarkup({
      ...{ title: 'Events', unit: 'per second', scale: 'linear', intervals },
      curves: [
        { name: 'sent', look: 'first', values: rate('sent') },
        { name: 'acknowledged', look: 'second', values: rate('acked') },
      ],
    }),
    `<h2>Response times in milliseconds, from the instant an event was ${report.loop === 'open' ? 'due' : 'sent'}</h2>`,
    chartMarkup({
      ...{ title: 'Response times', unit: 'milliseconds', scale: 'powers', intervals },
      curves: [
        // The others are drawn over it.
        { name: 'max', look: 'plain', values: times('max') },
        { name: 'p50', look: 'second', values: times('p50') },
        { name: 'p99', look: 'third', values: times('p99') },
        { name: 'p99.9', look: 'fourth', values: times('p999') },
      ],
    }),
    ...(troubles
      ? [
          '<h2>Not acknowledged, events per second</h2>',
          chartMarkup({
            ...{ title: 'Not acknowledged', unit: 'per second', scale: 'linear', intervals },
            curves: [
              { name: 'refused', look: 'fourth', values: rate('rejected') },
              { name: 'no answer', look: 'third', values: rate('unknown') },
            ],
          }),
        ]
      : []),
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
