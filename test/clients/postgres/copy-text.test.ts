import { expect, it } from 'vitest';
import { copyRow } from '../../../src/clients/postgres/copy-text.ts';

it.each<readonly [string, readonly unknown[], string]>([
  ['what is not there as NULL', [null, undefined, ''], '\\N\t\\N\t\n'],
  ['a text that looks like NULL as a text', ['\\N'], '\\\\N\n'],
  ['what would end a column or a row', ['a\tb', 'c\nd\re', '\\.'], 'a\\tb\tc\\nd\\re\t\\\\.\n'],
  ['numbers and truth values', [0, -1.5, 1e21, true, false], '0\t-1.5\t1e+21\ttrue\tfalse\n'],
  ['anything else as JSON', [{ a: 'x\ty' }, [1, 'z']], '{"a":"x\\\\ty"}\t[1,"z"]\n'],
])('writes %s', (_, values, line) => {
  expect(copyRow(values)).toBe(line);
});

it('writes special characters in every row', () => {
  expect([1, 2, 3].map(() => copyRow(['a\tb']))).toEqual(['a\\tb\n', 'a\\tb\n', 'a\\tb\n']);
});
