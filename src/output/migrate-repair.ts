import type { RepairPlan, RepairReport } from '../migrate/report.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';

/** What is not as it should be, one row each, and what would be done. */
export function repairPlanText(plans: readonly RepairPlan[]): string {
  const rows = plans.flatMap(({ service, steps }) => steps.map((step) => ({ service, ...step })));
  if (rows.length === 0) return 'nothing to repair';
  type Row = (typeof rows)[number];
  return table(
    [
      { title: 'service', cell: ({ service }: Row) => service },
      { title: 'what', cell: ({ name }: Row) => name },
      { title: 'problem', cell: ({ problem }: Row) => problem },
      { title: 'by', cell: ({ automatic }: Row) => (automatic ? paint('green', 'repair') : paint('yellow', 'you')) },
      { title: 'action', cell: ({ action }: Row) => action },
    ],
    rows,
  );
}

export function repairReportText(reports: readonly RepairReport[]): string {
  const lines = reports.flatMap(({ service, done }) =>
    done.map(({ name, action }) => `${paint('green', 'done')} ${service}: ${name}: ${action}`),
  );
  return lines.length === 0 ? 'nothing to repair any more' : lines.join('\n');
}
