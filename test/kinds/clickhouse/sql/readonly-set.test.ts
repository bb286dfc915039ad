import { expect, test } from 'vitest';
import { isReadonlySet } from '../../../../src/kinds/clickhouse/sql/readonly-set.ts';

test.each([
  'SET readonly = 1',
  'set max_threads = 1, /* so */ ReadOnly=2',
  'SET `readonly` = 1',
  "SET readonly = '1'",
  'SELECT 1 SETTINGS readonly = 1',
])('%s sets readonly', (text) => {
  expect(isReadonlySet(text)).toBe(true);
});

test.each([
  'SET readonly = 0',
  "SET readonly = '0'",
  'SELECT a FROM t WHERE readonly = 1',
  'SELECT a FROM t WHERE readonly = 1 SETTINGS max_threads = 1',
  "SET param_x = 'readonly = 1'",
  'CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS table_readonly = 1',
  'SET readonly',
  '',
])('%s does not', (text) => {
  expect(isReadonlySet(text)).toBe(false);
});
