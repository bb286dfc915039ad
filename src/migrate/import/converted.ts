import type { Completed } from './complete.ts';
import { textOf } from './tool.ts';

/** The text of one of our files. Ends with a line end. Pure. */
export function migrationText({ up, down }: Pick<Completed, 'up' | 'down'>): string {
  const parts = [
    ...(up.settings.length === 0 ? [] : [mark(up.settings)]),
    textOf(up.lines),
    ...(down.statements === 0 ? [] : ['', mark(['down', ...down.settings]), textOf(down.lines)]),
  ];
  return `${parts.join('\n')}\n`;
}

function mark(words: readonly string[]): string {
  return `-- stackctl: ${words.join(' ')}`;
}

/** `0001_title.sql`, with a title that our names allow. Pure. */
export function migrationName(number: string, title: string): string {
  const plain = title.replace(/[^\w.-]+/g, '_').replace(/^[_.-]+|[_.]+$/g, '');
  return `${number}_${plain === '' ? 'migration' : plain}.sql`;
}
