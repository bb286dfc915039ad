import { expect, test } from 'vitest';
import { sinkSettings, storeSettings } from '../../../../../src/kinds/_shared/redis/traffic/settings.ts';
import { mistakesIn } from '../../../../../src/stack/source/zod-problems.ts';

const told = (schema: typeof sinkSettings | typeof storeSettings, given: unknown): readonly string[] =>
  mistakesIn(schema, given).map(
    ({ path, message, suggestion }) =>
      `${path.join('.')}: ${message}${suggestion === undefined ? '' : ` (${suggestion})`}`,
  );

test('a key alone is the same as a map of it', () => {
  expect(storeSettings.parse({ list: 'jobs' })).toEqual({ list: { key: 'jobs' } });
  expect(sinkSettings.parse({ hash: { key: 'carts', field: '{id}' } })).toEqual({
    hash: { key: 'carts', field: '{id}' },
  });
});

test.each([
  [{}, ': must have exactly one of stream, sortedSet, hash, list, string, channel, commands'],
  [{ stream: 'a', list: 'b' }, ': must have exactly one of stream, sortedSet, hash, list, string, channel, commands'],
  [{ sortedSet: 'set' }, 'sortedSet.score: is missing; it must be text'],
  [{ sortedSet: { key: 'set', scor: 'at' } }, 'sortedSet.scor: unknown key (known: key, score, member) (score)'],
  [{ list: { key: 7 } }, 'list.key: must be text: put it in quotes'],
  [{ list: 7 }, 'list: must be text or a map of keys, not a number'],
  [{ string: '' }, 'string.key: is missing'],
  [{ commands: 'yes' }, 'commands: must be one of true, not "yes"'],
  [{ streem: 'a' }, 'streem: unknown key'],
])('%j', (given, message) => {
  expect(told(sinkSettings, given).join('\n')).toContain(message);
});

test.each([
  [{ list: 'a', scores: 'time' }, 'scores: is for a sortedSet'],
  [{ list: 'a', keeps: 'every' }, 'keeps: is for a string or a hash'],
  [{ string: 'a', keeps: 'evry' }, 'keeps: must be one of every, latest, not "evry" (every)'],
  [{ sortedSet: { key: 'a', score: 'at' } }, 'sortedSet.score: unknown key (known: key)'],
])('of a store: %j', (given, message) => {
  expect(told(storeSettings, given).join('\n')).toContain(message);
});
