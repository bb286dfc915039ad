import { expect, test } from 'vitest';
import { lint } from '../../src/migrate/lint.ts';
import { ledgerOf, onlyOne, stackOf } from '../support/memory-ledger.ts';

const FILES = {
  '1_a.sql': 'DROP TABLE a',
  '2_b.sql': '-- stackctl: allow=truncate\nTRUNCATE b;\nDROP TABLE b;\n-- stackctl: down\nDROP TABLE c',
};

test('a finding has its place; what a file allows and its down part are left out', () => {
  const { findings, files } = lint(onlyOne(stackOf(FILES, ledgerOf().session)), undefined);
  expect(files).toBe(2);
  expect(findings.map(({ path, line, column, rule }) => [path, line, column, rule])).toEqual([
    ['migrations/1_a.sql', 1, 1, 'drop-table'],
    ['migrations/2_b.sql', 3, 1, 'drop-table'],
  ]);
});

test('from a version on', () => {
  expect(lint(onlyOne(stackOf(FILES, ledgerOf().session)), 2n).findings.map(({ file }) => file)).toEqual(['2_b']);
});
