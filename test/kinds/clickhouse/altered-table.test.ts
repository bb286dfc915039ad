import { expect, test } from 'vitest';
import { alteredTable } from '../../../src/kinds/clickhouse/migrator/altered-table.ts';

test.each([
  ['ALTER TABLE t DELETE WHERE 1', [undefined, 't']],
  ['alter /* x */ table if exists `a``b` . "c d" update n = 1 where 1', ['a`b', 'c d']],
  ['DELETE FROM shop.orders WHERE 1', ['shop', 'orders']],
  ['UPDATE orders SET n = 1 WHERE 1', [undefined, 'orders']],
  ['ALTER TABLE {t:Identifier} DELETE WHERE 1', [undefined, undefined]],
  ['UPDATE', [undefined, undefined]],
])('%s', (text, [database, table]) => {
  expect(alteredTable(text)).toEqual({ database, table });
});

test.each(['INSERT INTO t SELECT 1', 'ALTER USER a', "SELECT 'ALTER TABLE t'", ''])('%s begins no mutation', (text) => {
  expect(alteredTable(text)).toBeUndefined();
});
