import { paint, safeLine } from './paint.ts';
import { padEnd, padStart, widthOf } from './width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'right';
}

/**
 * Columns padded to their widest cell, two spaces apart, titles in upper case. Cells are measured as they show, and none can break its row.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const head = columns.map(({ title }) => title.toUpperCase());
  const body = rows.map((row) => columns.map(({ cell }) => safeLine(cell(row))));
  const widths = columns.map((_, index) =>
    [head, ...body].reduce((widest, cells) => Math.max(widest, widthOf(cells[index] ?? '')), 0),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (columns[index]?.align === 'right' ? padStart : padEnd)(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [paint('bold', line(head)), ...body.map(line)].join('\n');
}
