import { expect, test } from 'vitest';
import { suggest } from '../../../src/stack/source/suggest.ts';

test.each([
  ['depends_on', 'dependsOn'],
  ['dependson', 'dependsOn'],
  ['kimd', 'kind'],
  ['knid', 'kind'],
  ['instance', 'instances'],
  ['completelyElse', undefined],
])('%s -> %s', (word, expected) => {
  expect(suggest(word, ['kind', 'instances', 'dependsOn', 'options'])).toBe(expected);
});

test('takes the nearest of several', () => {
  expect(suggest('redis-sentinal', ['redis', 'redis-sentinel', 'redis-sentinels'])).toBe('redis-sentinel');
});
