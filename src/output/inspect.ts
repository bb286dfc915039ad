import type { InspectReport, ServiceReport, ViewReport } from '../inspect/inspect.ts';
import { formatBytes } from '../lib/bytes.ts';
import { escapeControls } from '../lib/escape-controls.ts';
import type { InspectCell } from '../stack/contract/inspect.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';
import { truncate } from './width.ts';

/** What `inspect` prints: a table for each view. What servers hold was written by anybody, so it is escaped. */
export function inspectText({ services }: InspectReport): string {
  return services.flatMap(serviceText).join('\n\n');
}

/** A reason for which all views of a service failed, e.g. that it does not run, is printed once. */
function serviceText(service: ServiceReport): readonly string[] {
  const [first, ...others] = service.views;
  const error = first?.error ?? null;
  if (error === null || others.length === 0 || others.some((view) => view.error !== error)) {
    return service.views.map((view) => viewText(service, view));
  }
  return [
    `${paint('bold', service.service)}  ${paint('red', 'failed')}: ${escapeControls(error)} (all ${service.views.length} views)`,
  ];
}

function viewText({ service }: ServiceReport, view: ViewReport): string {
  const title = `${paint('bold', `${service} ${view.view}`)}  ${paint('dim', view.summary)}`;
  if (view.error !== null) return `${title}\n${paint('red', 'failed')}: ${escapeControls(view.error)}`;
  const notes = view.notes.map((note) => paint('dim', `  ${escapeControls(note)}`));
  return [title, rowsText(view), ...notes].join('\n');
}

function rowsText({ columns, rows }: ViewReport): string {
  if (rows.length === 0) return '  nothing there';
  return table(
    columns.map((name) => ({
      title: titleOf(name, columns),
      cell: (row: ViewReport['rows'][number]) => cellText(name, row[name] ?? null),
      ...(rows.some((row) => typeof row[name] === 'number') ? { align: 'right' as const } : {}),
    })),
    rows,
  );
}

/** `usedBytes` -> `used`, `durationUs` -> `duration (us)`, `lastId` -> `last id`. */
function titleOf(column: string, columns: readonly string[]): string {
  const words = column.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words
    .replace(/ per s$/, '/s')
    .replace(/ (s|ms|us)$/, ' ($1)')
    .replace(/ bytes$/, columns.includes(column.replace(/Bytes$/, '')) ? ' size' : '')
    .replace(/ share$/, ' %');
}

const LONGEST_CELL = 80;

function cellText(column: string, value: InspectCell): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number' && column.endsWith('Bytes')) return formatBytes(value);
  if (typeof value === 'number' && column.endsWith('Share')) return `${Math.round(value * 1000) / 10}`;
  return truncate(escapeControls(String(value)), LONGEST_CELL);
}
