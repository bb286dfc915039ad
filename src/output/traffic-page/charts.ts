import type { TrafficReport } from '../../traffic/report.ts';
import type { IntervalSummary } from '../../traffic/summary.ts';
import { chartMarkup } from './chart.ts';

/** The course of a run. */
export function chartsMarkup(report: TrafficReport, all: readonly IntervalSummary[]): readonly string[] {
  // What is left of the last interval is too short for a rate.
  const intervals = all.filter(
    ({ startMs, lengthMs }, index) => index === 0 || report.durationMs - startMs >= lengthMs / 5,
  );
  const perS = (value: number, { startMs, lengthMs }: IntervalSummary): number =>
    Math.round((value * 1000) / Math.max(1, Math.min(lengthMs, report.durationMs - startMs)));
  const rate = (what: 'due' | 'sent' | 'acked' | 'rejected' | 'unknown') =>
    intervals.map((one) => perS(one[what], one));
  const times = (key: 'p50' | 'p99' | 'p999' | 'max') => intervals.map(({ responseMs }) => responseMs?.[key] ?? null);
  const troubles = report.rejected + report.unknown > 0;
  return [
    '<h2>Events per second</h2>',
    chartMarkup({
      ...{ title: 'Events', unit: 'per second', scale: 'linear', intervals },
      curves: [
        // What was sent is drawn over it: it shows where that is less.
        ...(report.loop === 'open' ? [{ name: 'asked for', look: 'plain', values: rate('due') } as const] : []),
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
    ...hitsMarkup(report, intervals),
  ];
}

/** Nothing where no answer is asked. */
function hitsMarkup({ cache }: TrafficReport, intervals: readonly IntervalSummary[]): readonly string[] {
  if (cache === null) return [];
  const ratio = ({ hits, misses }: IntervalSummary): number | null =>
    hits + misses === 0 ? null : Math.round((1000 * hits) / (hits + misses)) / 10;
  return [
    '<h2>Hit ratio in percent</h2>',
    chartMarkup({
      ...{ title: 'Hit ratio', unit: 'percent', scale: 'linear', intervals },
      curves: [{ name: 'hits', look: 'second', values: intervals.map(ratio) }],
    }),
  ];
}
