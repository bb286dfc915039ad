import { counted } from '../lib/counted.ts';
import type { ImportPlan, ImportStep } from '../migrate/import/plan.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';

/** Where an import reads and writes, as people are shown it. */
export interface ImportPlace {
  readonly service: string;
  readonly source: string;
  readonly target: string;
}

/** The table of what `migrate import` would write, and below it what means something else here. */
export function migrateImportText(
  { tool, steps, notes }: ImportPlan,
  { service, source, target }: ImportPlace,
): string {
  const head = `${counted(steps.length, 'migration')} of ${tool} in ${source}, to ${target} (${service})`;
  const remarks = [...steps.flatMap((step) => step.notes.map((note) => `${step.target}: ${note}`)), ...notes];
  return [
    paint('bold', head),
    '',
    table(COLUMNS, steps),
    ...(remarks.length === 0 ? [] : ['', ...remarks.map((remark) => `${paint('yellow', 'note')} ${remark}`)]),
  ].join('\n');
}

const COLUMNS = [
  { title: 'from', cell: ({ sources }: ImportStep) => sources.join(', ') },
  { title: 'file', cell: ({ target }: ImportStep) => target },
  { title: 'statements', cell: ({ statements }: ImportStep) => String(statements), align: 'right' as const },
  { title: 'transaction', cell: ({ transaction }: ImportStep) => (transaction ? 'yes' : 'no') },
  { title: 'down', cell: ({ downStatements }: ImportStep) => (downStatements === 0 ? 'none' : String(downStatements)) },
  { title: 'state', cell: ({ isThere }: ImportStep) => (isThere ? 'is there' : 'new') },
];
