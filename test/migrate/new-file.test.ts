import { expect, test } from 'vitest';
import { newFileName } from '../../src/migrate/new-file.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const file = (name: string) => ({ name, version: BigInt(/^\d+/.exec(name)?.[0] ?? '') });

test.each([
  [[], 'orders', '0001_orders.sql'],
  [['0001_a', '0009_b'], 'Add orders!', '0010_add_orders.sql'],
  [['9_a'], 'b', '10_b.sql'],
  [['000_a'], 'b.sql', '001_b.sql'],
  [['20250101000000_a'], 'b', '20260102030405_b.sql'],
  [['20991231235959_a'], 'b', '20991231235960_b.sql'],
])('behind %j, %s is %s', (names, title, expected) => {
  expect(newFileName(names.map(file), title, NOW)).toBe(expected);
});

test('a title without a letter is refused', () => {
  expect(() => newFileName([], ' -- ', NOW)).toThrow('has no letter or digit');
});
