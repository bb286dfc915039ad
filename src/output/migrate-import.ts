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
  const remarks = [...byNote(steps), ...notes];
  return [
    paint('bold', head),
    '',
    table(COLUMNS, steps),
    ...(remarks.length === 0 ? [] : ['', ...remarks.map((remark) => `${paint('yellow', 'note')} ${remark}`)]),
  ].join('\n');
}

const COLUMNS = [
  { title: 'from', cell: ({ sources }: ImportStep) => sourceText(sources) },
  { title: 'file', cell: ({ target }: ImportStep) => target },
  { title: 'statements', cell: ({ statements }: ImportStep) => String(statements), align: 'right' as const },
  { title: 'transaction', cell: ({ transaction }: ImportStep) => (transaction ? 'yes' : 'no') },
  { title: 'down', cell: ({ downStatements }: ImportStep) => (downStatements === 0 ? 'none' : String(downStatements)) },
  { title: 'state', cell: ({ isThere }: ImportStep) => (isThere ? 'is there' : 'new') },
];

/** `1_a.up.sql, 1_a.down.sql` as `1_a.{up,down}.sql`. */
function sourceText(sources: readonly string[]): string {
  const halves = sources.map((name) => /^(?<title>.*)\.(?<part>up|down)\.sql$/.exec(name)?.groups);
  const [first, second] = halves;
  if (sources.length !== 2 || first === undefined || first.title !== second?.title) return sources.join(', ');
  return `${first.title}.{${first.part},${second?.part}}.sql`;
}

/** Each note once, with the files that it is about. */
function byNote(steps: readonly ImportStep[]): readonly string[] {
  const notes = new Set(steps.flatMap((step) => step.notes));
  return [...notes].map((note) => {
    const files = steps.filter((step) => step.notes.includes(note)).map(({ target }) => target);
    const more = files.length - SHOWN;
    return `${files.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${note}`;
  });
}

const SHOWN = 3;
