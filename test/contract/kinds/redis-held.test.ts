import { describe, expect, test } from 'vitest';
import { withMaster } from '../../../src/kinds/_shared/redis/master.ts';
import { heldIn } from '../../../src/kinds/_shared/redis/traffic/held.ts';
import type { Place } from '../../../src/kinds/_shared/redis/traffic/last-writes.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import { canRun } from '../../support/need.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';

const RUN = 'a1b2c3d4-e5f6';
const string = (key: string): Place => ({ type: 'string', key, within: '' });
const field = (key: string, within: string): Place => ({ type: 'hash', key, within });
const member = (key: string, within: string): Place => ({ type: 'zset', key, within });

describe.skipIf(!canRun('redis-server'))('what places hold', () => {
  test('is read of many keys or fields at once, or of both, also where one is of another type', async () => {
    await using server = await startRedisServer();
    const id = eventId(RUN, 7);
    await ask(server.endpoint, 'SET', 'one', `{"id":"${id}"}`);
    await ask(server.endpoint, 'SET', 'strange', 'x');
    await ask(server.endpoint, 'RPUSH', 'list', id);
    await ask(server.endpoint, 'HSET', 'hash', 'ada', id);
    await ask(server.endpoint, 'ZADD', 'board', '2.5', 'ada');
    const shown = (places: readonly Place[]) =>
      withMaster(server.input, 3000, async (client) => {
        const log = { places: places.length, placeAt: (number: number) => places[number] as Place };
        const held = await heldIn(client, log, [...places.keys()], RUN, new AbortController().signal);
        return places.map((_, number) => held.shown(number));
      });
    const strings = [string('one'), string('list'), string('none'), string('strange')];
    expect(await shown(strings)).toEqual([id, 'nothing', 'nothing', 'no event of this run']);
    expect(await shown([field('hash', 'ada'), field('hash', 'bob')])).toEqual([id, 'nothing']);
    expect(await shown([field('list', 'ada'), field('list', 'bob')])).toEqual(['nothing', 'nothing']);
    expect(await shown([field('list', 'ada'), member('board', 'ada'), string('one'), field('hash', 'ada')])).toEqual([
      ...['nothing', 'the score 2.5', id, id],
    ]);
  });
});
