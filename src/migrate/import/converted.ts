import type { Completed } from './complete.ts';
import { type SourceLine, textOf } from './tool.ts';

/** The text of one of our files. Ends with a line end. Pure. */
export function migrationText({ up, down, transaction }: Pick<Completed, 'up' | 'down' | 'transaction'>): string {
  const parts = [
    ...(transaction ? [] : ['-- stackctl: transaction=false']),
    section(up),
    ...(down.length === 0 ? [] : ['', '-- stackctl: down', section(down)]),
  ];
  return `${parts.join('\n')}\n`;
}

function section(lines: readonly SourceLine[]): string {
  return textOf(lines);
}

/** `0001_title.sql`, with a title that our names allow. Pure. */
export function migrationName(number: string, title: string): string {
  const plain = title.replace(/[^\w.-]+/g, '_').replace(/^[_.-]+|[_.]+$/g, '');
  return `${number}_${plain === '' ? 'migration' : plain}.sql`;
}
