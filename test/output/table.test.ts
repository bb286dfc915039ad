import { expect, test } from 'vitest';
import { logLine } from '../../src/output/log-line.ts';
import { shade } from '../../src/output/outcome.ts';
import { paint, safeLine, safeText } from '../../src/output/paint.ts';
import { table } from '../../src/output/table.ts';
import { padEnd, padStart, truncate, widthOf } from '../../src/output/width.ts';

/** Columns on a terminal, by hand: what UAX #11 and the emoji of Unicode say. */
const WIDTHS: readonly (readonly [text: string, columns: number])[] = [
  ['plain', 5],
  ['日本語', 6],
  ['ｶﾅ', 2],
  ['한국', 4],
  ['e\u0301te\u0301', 3],
  ['🚀', 2],
  ['👩‍👩‍👧', 2],
  ['🇯🇵', 2],
  ['✔', 1],
  [paint('green', 'ok'), 2],
  ['', 0],
];

test.each(WIDTHS)('%j takes %i columns', (text, columns) => {
  expect(widthOf(text)).toBe(columns);
  expect(padEnd(text, 8)).toBe(`${text}${' '.repeat(8 - columns)}`);
  expect(padStart(text, 8)).toBe(`${' '.repeat(8 - columns)}${text}`);
});

test('columns stand below each other, whatever their cells are made of', () => {
  const columns = [
    { title: 'name', cell: ([name]: readonly [string, number]) => name },
    { title: 'width', cell: ([, width]: readonly [string, number]) => String(width), align: 'right' as const },
    { title: 'end', cell: () => '|' },
  ];
  const rows = shade(table(columns, WIDTHS), false).split('\n');
  expect(rows[0]).toBe('NAME    WIDTH  END');
  // Six columns for the widest name, two, five for the title, two.
  expect(rows.slice(1)).toEqual(
    WIDTHS.map(([name, width]) => `${shade(name, false)}${' '.repeat(6 - width)}      ${width}  |`),
  );
});

test('no cell breaks its row or reaches the terminal as a command', () => {
  const hostile = 'a\nb\tc\rd\u001b[2Je\u0007f\u009b1mg\u2028h\u202ei';
  const shown = table([{ title: 'key', cell: (row: string) => row }], [hostile, 'next']).split('\n');
  expect(shown).toHaveLength(3);
  expect(shown[1]).toBe('a\\x0ab\\x09c\\x0dd\\x1b[2Je\\x07f\\x9b1mg\\u2028h\\u202ei');
});

test('a table of many rows is no deep call', () => {
  const rows = Array.from({ length: 150_000 }, (_, index) => index);
  expect(table([{ title: 'n', cell: String }], rows).split('\n')).toHaveLength(150_001);
});

test.each([
  ['日本語日本語', 7, '日本語…'],
  ['日本語日本語', 8, '日本語…'],
  ['日本語', 6, '日本語'],
  ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ['plain text', 6, 'plain…'],
])('%j cut to %i columns is %j', (text, width, expected) => {
  expect(truncate(text, width)).toBe(expected);
  expect(widthOf(truncate(text, width))).toBeLessThanOrEqual(width);
});

test('of text that others wrote, nothing but line breaks and our own colours reaches the terminal as it is', () => {
  const text = `${paint('red', 'failed')}: ${'title\u001b]0;owned\u0007'}\n\tmore\u001b[31m`;
  const kept = `${paint('red', 'failed')}: title\\x1b]0;owned\\x07\n\tmore\u001b[31m`;
  expect(safeText(text)).toBe(kept);
  expect(shade(text, true)).toBe(kept);
  expect(shade(text, false)).toBe('failed: title\\x1b]0;owned\\x07\n\tmore');
  expect(safeLine('a\nb')).toBe('a\\x0ab');
});

test('the name in front of a log line is as wide as it shows, the line itself is as it was written', () => {
  const line = (instance: string) => logLine({ instance, at: undefined, text: '\u001b[1mhi\u001b[0m' }, 6);
  expect(line('日本')).toBe(`${paint('cyan', '日本  ')} | \u001b[1mhi\u001b[0m`);
  expect(line('a\u001bb')).toBe(`${paint('cyan', 'a\\x1bb')} | \u001b[1mhi\u001b[0m`);
});
