import type { Completed } from './complete.ts';
import { textOf } from './tool.ts';

/** The text of one of our files. Ends with a line end. Pure. */
export function migrationText({ up, down, settings }: Pick<Completed, 'up' | 'down' | 'settings'>): string {
  const parts = [
    ...(settings.length === 0 ? [] : [`-- stackctl: ${settings.join(' ')}`]),
    textOf(up),
    ...(down.length === 0 ? [] : ['', '-- stackctl: down', textOf(down)]),
  ];
  return `${parts.join('\n')}\n`;
}

/** `0001_title.sql`, with a title that our names allow. Pure. */
export function migrationName(number: string, title: string): string {
  const plain = title.replace(/[^\w.-]+/g, '_').replace(/^[_.-]+|[_.]+$/g, '');
  return `${number}_${plain === '' ? 'migration' : plain}.sql`;
}
