import { stripVTControlCharacters } from 'node:util';
import { paint } from './paint.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'right';
}

/** Columns padded to their widest cell, two spaces apart, titles in upper case. Painted cells are measured as they show. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const head = columns.map(({ title }) => title.toUpperCase());
  const body = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map((_, index) => Math.max(...[head, ...body].map((cells) => shown(cells[index] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join('  ')
      .trimEnd();
  return [paint('bold', line(head)), ...body.map(line)].join('\n');
}

function pad(cell: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - shown(cell)));
  return align === 'right' ? space + cell : cell + space;
}

function shown(text: string): number {
  return stripVTControlCharacters(text).length;
}
