import { expect, test } from 'vitest';
import { lineDiff } from '../../src/migrate/line-diff.ts';
import { compareSchemas, schemaText } from '../../src/migrate/schema-diff.ts';

const table = (name: string, sql: string) => ({ type: 'table', name, sql });

test('objects are compared by type and name, whatever their order', () => {
  const expected = [table('a', 'A;\n'), table('b', 'one;\ntwo;\nthree;\n'), { type: 'view', name: 'a', sql: 'V;\n' }];
  const found = [table('c', 'C;\n'), table('b', 'one;\n2;\nthree;\n'), table('a', 'A;\n')];
  expect(compareSchemas(expected, found)).toEqual([
    { type: 'table', name: 'b', state: 'different', diff: ' one;\n-two;\n+2;\n three;' },
    { type: 'view', name: 'a', state: 'missing', diff: '-V;' },
    { type: 'table', name: 'c', state: 'extra', diff: '+C;' },
  ]);
  expect(compareSchemas(expected, expected.toReversed())).toEqual([]);
});

test('lines that are the same are left out, and so is what would take too long', () => {
  const lines = Array.from({ length: 9 }, (_, index) => `line ${index}`);
  const other = lines.with(0, 'first').with(8, 'last');
  expect(lineDiff(lines.join('\n'), other.join('\n'))).toBe(
    '-line 0\n+first\n line 1\n line 2\n…\n line 6\n line 7\n-line 8\n+last',
  );
  const many = (word: string) => Array.from({ length: 3000 }, (_, index) => `${word} ${index}`).join('\n');
  expect(lineDiff(many('a'), many('b'))).toBe('… too much differs to be shown');
});

test('a name does not end its comment', () => {
  expect(schemaText([table('a\nDROP TABLE b', 'A;\n'), table('c', 'C;\n')])).toBe(
    '-- table a DROP TABLE b\nA;\n\n-- table c\nC;\n',
  );
});
