/** What runs of any kind measured of themselves, as tables. */
import type { Percentiles } from '../traffic/measure/histogram.ts';
import type { MeasuredRun } from '../traffic/measured-run.ts';
import type { ThresholdResult } from '../traffic/thresholds.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';

interface TimesRow {
  readonly title: string;
  readonly times: Percentiles;
}

/** Response times begin when an event is due, so that waiting in line is a part of them. */
export function timesText({ loop, responseMs, serviceMs, latenessMs }: MeasuredRun): readonly string[] {
  const rows: readonly { readonly title: string; readonly times: Percentiles | null }[] =
    loop === 'closed'
      ? [{ title: 'sent to acknowledged', times: serviceMs }]
      : [
          { title: 'due to acknowledged', times: responseMs },
          { title: 'sent to acknowledged', times: serviceMs },
          { title: 'due to sent', times: latenessMs },
        ];
  const shown = rows.flatMap(({ title, times }) => (times === null ? [] : [{ title, times }]));
  if (shown.length === 0) return [];
  const column = (title: string, key: keyof Percentiles) =>
    ({ title, cell: ({ times }: TimesRow) => String(times[key]), align: 'right' }) as const;
  return [
    table<TimesRow>(
      [
        { title: 'ms', cell: ({ title }) => title },
        ...[column('p50', 'p50'), column('p90', 'p90'), column('p99', 'p99'), column('p99.9', 'p999')],
        column('max', 'max'),
      ],
      shown,
    ),
  ];
}

/** What was measured beside each of them. */
export function thresholdsText(thresholds: readonly ThresholdResult[]): readonly string[] {
  if (thresholds.length === 0) return [];
  const word = ({ passed }: ThresholdResult): string => {
    if (passed === null) return paint('yellow', 'not measured');
    return passed ? paint('green', 'met') : paint('red', 'not met');
  };
  return [
    table<ThresholdResult>(
      [
        { title: 'threshold', cell: ({ threshold }) => threshold },
        {
          title: 'measured',
          cell: ({ value, unit }) => (value === null ? '?' : `${value} ${unit}`.trim()),
          align: 'right',
        },
        { title: '', cell: word },
      ],
      thresholds,
    ),
  ];
}
