import { describe, expect, test } from 'vitest';
import type { RedisCommand } from '../../../../../src/clients/redis/event-writer.ts';
import {
  effectOf,
  isLossy,
  placedIn,
  scoredIn,
} from '../../../../../src/kinds/_shared/redis/traffic/command-effects.ts';
import { commandsOf } from '../../../../../src/kinds/_shared/redis/traffic/commands.ts';
import { type SinkSettings, sinkSettings } from '../../../../../src/kinds/_shared/redis/traffic/settings.ts';
import { eventId } from '../../../../../src/stack/contract/event-id.ts';

const runId = 'a1b2c3d4-e5f6';
const id = eventId(runId, 7);
const body = { id, customer: 'ada', total: 3.5, at: '2026-01-01T00:00:00.500Z', items: [1] };
const event = { sequence: 7, id, body };
const json = JSON.stringify(body);
const commands = (settings: unknown) => commandsOf(sinkSettings.parse(settings) as SinkSettings, runId)(event);
const fields = ['id', id, 'customer', 'ada', 'total', '3.5', 'at', body.at, 'items', '[1]'];

describe('the command of an event', () => {
  test.each<readonly [object, RedisCommand]>([
    [{ stream: 'events' }, ['XADD', 'events', '*', ...fields]],
    [{ stream: { key: 'events:{customer}' } }, ['XADD', 'events:ada', '*', ...fields]],
    [{ sortedSet: { key: 'set', score: 'total' } }, ['ZADD', 'set', '3.5', json]],
    [{ sortedSet: { key: 'set', score: 'at', member: 'id' } }, ['ZADD', 'set', String(Date.parse(body.at)), id]],
    [{ hash: 'cart:{customer}' }, ['HSET', 'cart:ada', ...fields]],
    [{ hash: { key: 'carts', field: '{customer}' } }, ['HSET', 'carts', 'ada', json]],
    [{ list: 'jobs' }, ['RPUSH', 'jobs', json]],
    [{ list: { key: 'jobs:{run}' } }, ['RPUSH', `jobs:${runId}`, json]],
    [{ string: 'order:{id}' }, ['SET', `order:${id}`, json]],
    [{ channel: 'news:{customer}' }, ['PUBLISH', 'news:ada', json]],
  ])('%j', (settings, command) => {
    expect(commands(settings)).toEqual([command]);
  });

  test('is what the body says, where it says it', () => {
    const own = {
      ...event,
      body: {
        commands: [
          ['INCR', 'n'],
          ['SET', 'k', id, true, 1],
        ],
      },
    };
    const of = commandsOf(sinkSettings.parse({ commands: true }) as SinkSettings, runId);
    expect(of(own)).toEqual([
      ['INCR', 'n'],
      ['SET', 'k', id, 'true', '1'],
    ]);
    expect(() => of(event)).toThrow('a word of its commands');
  });

  test('cannot be made of everything', () => {
    expect(() => commands({ sortedSet: { key: 'set', score: 'customer' } })).toThrow(
      'customer, which is its score, is no number and no time',
    );
    expect(() => commands({ string: 'order:{no}' })).toThrow('the body has no no');
  });
});

test('what a command leaves behind', () => {
  expect(placedIn(['SET', 'k', json], event)).toEqual([{ type: 'string', key: 'k', within: '', sequence: 7 }]);
  expect(placedIn(['HSET', 'h', ...fields], event)).toEqual([{ type: 'hash', key: 'h', within: 'id', sequence: 7 }]);
  expect(placedIn(['ZADD', 'z', '5', 'ada'], event)).toEqual([
    { type: 'zset', key: 'z', within: 'ada', sequence: 7, score: 5 },
  ]);
  expect(placedIn(['ZADD', 'z', '5', json], event)).toEqual([]);
  expect(placedIn(['RPUSH', 'l', json], event)).toEqual([]);
  expect(scoredIn(['ZADD', 'z', 'CH', 'GT', '5', 'a', '6', 'b'])).toEqual([
    [5, 'a'],
    [6, 'b'],
  ]);
});

test.each<readonly [RedisCommand, string, boolean]>([
  [['zadd', 'z', '1', 'a'], 'zset', false],
  [['ZADD', 'z', 'NX', '1', 'a'], 'zset', true],
  [['SET', 'k', 'EX'], 'string', false],
  [['SET', 'k', 'v', 'EX', '9'], 'string', true],
  [['XADD', 's', 'MAXLEN', '~', '100', '*', 'a', 'b'], 'stream', true],
  [['XADD', 's', '*', 'a', 'MAXLEN'], 'stream', false],
  [['LPUSH', 'l', 'a'], 'list', false],
  [['PUBLISH', 'c', 'a'], 'harmless', false],
  [['DEL', 'k'], 'unknown', false],
])('%j', (command, effect, lossy) => {
  expect([effectOf(command), isLossy(command)]).toEqual([effect, lossy]);
});
