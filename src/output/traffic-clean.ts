import { counted } from '../lib/counted.ts';
import type { CleanedStore, CleanReport, FoundStore } from '../traffic/clean.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';

/** What would be deleted, and what would not, a line for each store. */
export function foundText(stores: readonly FoundStore[]): string {
  return stores
    .filter(({ found }) => found > 0)
    .flatMap(({ store, found, refused, stays }) => [
      refused === null
        ? `  ${store}: ${counted(found, 'event')}`
        : `  ${store}: nothing of ${counted(found, 'event')}: ${refused}`,
      ...(stays === null ? [] : [`  what stays: ${stays}`]),
    ])
    .join('\n');
}

/** What `seed traffic --clean` prints: what was there and what is, and one line that says whether anything is left. */
export function cleanText(report: CleanReport): string {
  const rows = table<CleanedStore>(
    [
      { title: 'store', cell: ({ store }) => store },
      { title: 'found', cell: ({ found }) => String(found), align: 'right' },
      { title: 'gone', cell: ({ gone }) => String(gone), align: 'right' },
      { title: 'left', cell: ({ left }) => (left === null ? '?' : String(left)), align: 'right' },
    ],
    report.stores,
  );
  const notes = report.stores.flatMap(({ store, error, stays, gone }) => [
    ...(error === null ? [] : [`${store}: ${error}`]),
    ...(stays === null || gone === 0 ? [] : [`what stays of it in ${store}: ${stays}`]),
  ]);
  return [rows, ...(notes.length === 0 ? [] : [notes.join('\n')]), verdict(report)].join('\n\n');
}

function verdict({ profile, run, stores, clean }: CleanReport): string {
  if (!clean) return `${paint('red', 'NOT CLEAN')}: events of run ${run} are still there`;
  // A mistyped run, or one of another profile, looks like this.
  if (stores.every(({ found }) => found === 0)) return `no store of ${profile} had an event of run ${run}`;
  return `${paint('green', 'CLEAN')}: nothing of run ${run} is left in these stores, as read back`;
}
