import type { OperationReport, SinkReport, TrafficReport } from '../traffic/report.ts';
import { table } from './table.ts';

/** How often the answers came from a cache, where the profile asks them. */
export function cacheText({ sinks }: TrafficReport): readonly string[] {
  const asked = sinks.filter(({ cache }) => cache !== null);
  if (asked.length === 0) return [];
  const column = (title: string, key: 'hits' | 'misses' | 'untold') =>
    ({ title, cell: ({ cache }: SinkReport) => String(cache?.[key] ?? '?'), align: 'right' }) as const;
  return [
    table<SinkReport>(
      [
        { title: 'cache', cell: ({ sink }) => sink },
        ...[column('hits', 'hits'), column('misses', 'misses'), column('does not say', 'untold')],
        { title: 'hit ratio', cell: ({ cache }) => hitRatio(cache), align: 'right' },
      ],
      asked,
    ),
  ];
}

function hitRatio(cache: SinkReport['cache']): string {
  const percent = cache?.hitPercent ?? null;
  return percent === null ? '?' : `${percent} %`;
}

/** Who was sent what, where that is more than one thing. */
export function sinksText({ operations, sinks, loop }: TrafficReport): readonly string[] {
  if (operations.length < 2) return [];
  const number = (title: string, cell: (row: OperationReport) => number) =>
    ({ title, cell: (row: OperationReport) => String(cell(row)), align: 'right' }) as const;
  const rows = table<OperationReport>(
    [
      { title: 'operation', cell: ({ operation }) => operation },
      { title: 'sent to', cell: ({ sink }) => sink },
      ...[number('acked', ({ acked }) => acked), number('rejected', ({ rejected }) => rejected)],
      number('unknown', ({ unknown }) => unknown),
    ],
    operations,
  );
  if (sinks.length < 2) return [rows];
  const times = (title: string, key: 'p50' | 'p99' | 'p999' | 'max') =>
    ({ title, cell: ({ responseMs }: SinkReport) => String(responseMs?.[key] ?? '?'), align: 'right' }) as const;
  const title = `ms, ${loop === 'open' ? 'due' : 'sent'} to acknowledged`;
  const columns = [times('p50', 'p50'), times('p99', 'p99'), times('p99.9', 'p999'), times('max', 'max')];
  return [rows, table<SinkReport>([{ title, cell: ({ sink }) => sink }, ...columns], sinks)];
}
