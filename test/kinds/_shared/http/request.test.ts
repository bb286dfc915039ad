import { expect, test } from 'vitest';
import { hitReader } from '../../../../src/kinds/_shared/http/hits.ts';
import { compileRequest, describe } from '../../../../src/kinds/_shared/http/request.ts';
import { sinkSettings } from '../../../../src/kinds/_shared/http/settings.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TrafficEvent } from '../../../../src/stack/contract/traffic-event.ts';

const NAMES = ['game', 'user', 'nothing'];

const eventOf = (values: Readonly<Record<string, unknown>>): TrafficEvent => ({
  ...{ sequence: 0, id: '', body: {} },
  drawn: (name) => values[name],
});

function own(settings: object, values: Readonly<Record<string, unknown>>) {
  const request = compileRequest(sinkSettings.parse({ path: '/', ...settings }), NAMES);
  if (request.own === undefined) throw new Error('every event has the same request');
  return request.own(eventOf(values));
}

test.each([
  ['/api/games/{{game}}', 7, '/api/games/7'],
  ['/api/games/{{ game }}/players', 'a/b?c#d&e=f', '/api/games/a%2Fb%3Fc%23d%26e%3Df/players'],
  ['/{{game}}?of={{user}}', 'Zürich 8', '/Z%C3%BCrich%208?of=ann'],
  ['/{{game}}', '\ud83c\udfb2', '/%F0%9F%8E%B2'],
  // Half of a surrogate pair is no character.
  ['/{{game}}', 'a\ud83c', '/a%EF%BF%BD'],
  ['/{{game}}/{{strange}}', 1, '/1/{{strange}}'],
])('what is drawn stands in the path %s as one part of it (%s)', (path, game, expected) => {
  expect(own({ path }, { game, user: 'ann' })).toEqual({ path: expected, headers: {} });
});

test('a query has what is drawn, every item of a list, and nothing of what is null', () => {
  const query = { 'game id': '{{game}}', tag: ['a&b', '{{user}}'], limit: 10, none: '{{nothing}}' };
  const expected = 'game%20id=7&tag=a%26b&tag=ann&limit=10';
  expect(own({ path: '/games', query }, { game: 7, user: 'ann' })).toMatchObject({ path: `/games?${expected}` });
  expect(own({ path: '/games?a=1', query }, { game: 7, user: 'ann' })).toMatchObject({
    path: `/games?a=1&${expected}`,
  });
  const fixed = compileRequest(sinkSettings.parse({ path: '/games', query: { day: 'today', n: 1 } }), NAMES);
  expect(fixed).toMatchObject({ path: '/games?day=today&n=1', own: undefined });
});

test('headers have what is drawn, beside those that are the same for all', () => {
  const headers = { 'X-User': 'user-{{user}}', 'X-Game': '{{nothing}}', Accept: 'text/plain' };
  const settings = sinkSettings.parse({ path: '/', headers });
  expect(compileRequest(settings, NAMES).headers).toEqual({ accept: 'text/plain' });
  expect(own({ headers }, { user: 'ann' })).toEqual({ path: '/', headers: { 'x-user': 'user-ann' } });
});

test('a request that cannot be made says why', () => {
  expect(own({ path: '/games/{{game}}' }, {})).toEqual({ problem: 'its path cannot be made: {{game}} is null' });
  expect(own({ query: { of: 'game {{game}}' } }, {})).toEqual({ problem: 'its path cannot be made: {{game}} is null' });
  const headers = { 'X-User': 'user {{user}}' };
  expect(own({ headers }, {})).toEqual({ problem: 'its header x-user cannot be made: {{user}} is null' });
  expect(own({ headers }, { user: 'a\r\nx: y' })).toEqual({
    problem: 'its header x-user would have more than one line',
  });
});

test('to look at a request no secret of it is needed', () => {
  const headers = { authorization: new Secret('Bearer {{user}}'), 'x-user': '{{user}}' };
  const settings = sinkSettings.parse({ path: '/{{game}}', method: 'GET', headers });
  expect(describe(settings, NAMES)?.(eventOf({ game: 1, user: 'ann' }))).toEqual({
    ...{ method: 'GET', path: '/1', headers: { 'x-user': 'ann' } },
  });
  expect(describe(sinkSettings.parse({ path: '/' }), NAMES)).toBeUndefined();
});

test.each([
  [{ path: '/games', method: 'GET', events: 'together' }, 'events'],
  [{ path: '/{{game}}', events: 'together' }, 'events'],
  [{ path: '/games', query: { a: '{{game}}' }, events: 'together' }, 'events'],
  [{ path: '/games', method: 'HEAD' }, 'method'],
  [{ path: 'games' }, 'path'],
  [{ path: '/games/{{game}} x' }, 'path'],
  [{ path: '/', hit: { header: 'X Cache' } }, 'hit'],
  [{ path: '/', hit: { is: 'HIT' } }, 'hit'],
])('%j is refused for its %s', (settings, key) => {
  expect(sinkSettings.safeParse(settings).error?.issues[0]?.path[0]).toBe(key);
});

test.each([
  ['HIT', true],
  ['hit', true],
  ['Hit from cloudfront', true],
  ['HIT, MISS', true],
  ['ExampleCache; hit; ttl=30', true],
  ['MISS', false],
  ['ExampleCache; fwd=uri-miss', false],
  ['whitelisted', false],
  ['', false],
  [undefined, undefined],
])('the header %s says %s', (field, expected) => {
  expect(hitReader({ header: 'x-cache', is: 'HIT' })({ status: 200, text: '', field })).toBe(expected);
});

test.each([
  ['{"cached":true}', true],
  ['{"cached":false}', false],
  ['{"cached":"true"}', false],
  ['{"cached":null}', undefined],
  ['{"other":1}', undefined],
  ['[]', undefined],
  ['cached', undefined],
  ['', undefined],
])('the answer %s says %s', (text, expected) => {
  expect(hitReader({ field: 'cached', is: true })({ status: 200, text })).toBe(expected);
  const nested = text.startsWith('{') ? `{"meta":${text}}` : text;
  expect(hitReader({ field: 'meta.cached', is: true })({ status: 200, text: nested })).toBe(expected);
});
