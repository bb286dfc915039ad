import { expect, test } from 'vitest';
import { byNumber } from '../../src/lib/by-number.ts';

test('counts numbers in names as numbers', () => {
  const sorted = ['0001_a', 'kafka-1', 'redis', 'redis-1', 'redis-2', 'redis-10', 'redis-cache-1', 'sentinel-3'];
  expect(sorted.toReversed().sort(byNumber)).toEqual(sorted);
  expect(byNumber('a-1', 'a-1')).toBe(0);
});
