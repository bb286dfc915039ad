import { expect, test } from 'vitest';
import { toldOnce } from '../../src/health/last-lines.ts';

test('the same line again is told once, with a count', () => {
  expect(toldOnce([])).toEqual([]);
  expect(toldOnce(['a', 'b', 'a'])).toEqual(['a', 'b', 'a']);
  expect(toldOnce(['a', 'a', 'a', 'a', 'b', 'b'])).toEqual(['a … (4 times)', 'b … (2 times)']);
});
