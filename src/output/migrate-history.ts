import type { MigrateHistory } from '../migrate/report.ts';
import { table } from './table.ts';

/** One row for each decision about a ledger, oldest first. */
export function historyText(histories: readonly MigrateHistory[]): string {
  const rows = histories.flatMap(({ service, events }) => events.map((event) => ({ service, ...event })));
  if (rows.length === 0) return 'no repairs, baselines or other decisions';
  type Row = (typeof rows)[number];
  return table(
    [
      { title: 'service', cell: ({ service }: Row) => service },
      { title: 'at', cell: ({ at }: Row) => at },
      { title: 'migration', cell: ({ name }: Row) => name },
      { title: 'event', cell: ({ type }: Row) => type },
      { title: 'reason', cell: ({ reason }: Row) => reason },
      { title: 'by', cell: ({ by }: Row) => by },
    ],
    rows,
  );
}
