import { expect, test } from 'vitest';
import { pauseBefore } from '../../src/traffic/read-back.ts';

test.each([
  ['a quick count', 3, 15_000, 100],
  ['a slow one', 500, 15_000, 2000],
  ['a slow one near the end of the wait', 500, 700, 700],
  ['at the end of it', 500, 0, 100],
])('between two counts there is a pause: %s', (_, tookMs, leftMs, pauseMs) => {
  expect(pauseBefore({ tookMs, leftMs })).toBe(pauseMs);
});
