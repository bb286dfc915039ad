import { describe, expect, test } from 'vitest';
import { type BulkConnection, openBulk } from '../../../src/clients/redis/bulk-connection.ts';
import type { CommandText } from '../../../src/clients/redis/command-text.ts';
import { compareEntryIds, createEntryIds } from '../../../src/clients/redis/entry-ids.ts';
import { writeCommands } from '../../../src/clients/redis/event-writer.ts';
import { createStreamWriter } from '../../../src/clients/redis/stream-writer.ts';
import { masterInstance, targetOf, withMaster } from '../../../src/kinds/_shared/redis/master.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';
import { canRun } from '../../support/need.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';

const event = (sequence: number): TrafficEvent => {
  const id = eventId('a1b2c3d4-e5f6', sequence);
  return { sequence, id, body: { id } };
};

/** What becomes of the next sendings: `lost`: they do not leave; `unheard`: their answer does not arrive. */
type Fault = 'lost' | 'unheard';

function writerTo(server: RedisServer) {
  const faults: Fault[] = [];
  const lost: CommandText[] = [];
  const connect = async (): Promise<BulkConnection> => {
    const real = await openBulk(targetOf(server.input, await masterInstance(server.input), 3000));
    const error = new Error('Connection is closed.');
    return {
      ...real,
      send: async (commands, count) => {
        const fault = faults.shift();
        if (fault === undefined) return real.send(commands, count);
        if (fault === 'lost') lost.push(commands);
        else await real.send(commands, count);
        return { answered: 0, odd: new Map(), error };
      },
    };
  };
  const writer = createStreamWriter({
    ...{ stream: 'events', connect, timeoutMs: 3000, ids: createEntryIds(Date.now) },
    ask: (use) => withMaster(server.input, 3000, use),
    write: ({ body }, id, add) => writeCommands([['XADD', 'events', id, 'id', String(body.id)]], add),
  });
  const send = async (one: TrafficEvent, fault?: Fault): Promise<string> => {
    if (fault !== undefined) faults.push(fault);
    const [outcome] = await writer.send([one]);
    return outcome === undefined || outcome.type === 'acked' ? 'acked' : `${outcome.type}: ${outcome.reason}`;
  };
  return {
    send,
    /** What never left, sent by a client that was held up. */
    sendLost: async () => {
      const late = await openBulk(targetOf(server.input, await masterInstance(server.input), 3000));
      for (const commands of lost) await late.send(commands, 1);
      late.close();
    },
    close: () => writer.close(),
  };
}

const ids = async (server: RedisServer) =>
  ((await ask(server.endpoint, 'XRANGE', 'events', '-', '+')) as readonly [string, readonly string[]][]).map(
    ([, fields]) => fields[1],
  );

const OPEN = 'unknown: Connection is closed.';
const PASSED = 'rejected: the stream has an entry with a later id';

describe.skipIf(!canRun('redis-server'))('a repetition in a stream', () => {
  test('of what was stored is acknowledged, with nothing else behind it and with something', async () => {
    await using server = await startRedisServer();
    const { send, close } = writerTo(server);
    const [first, second] = [event(0), event(1)];
    expect(await send(first, 'unheard')).toBe(OPEN);
    expect(await send(first)).toBe('acked');
    expect(await send(second, 'unheard')).toBe(OPEN);
    expect(await send(event(2))).toBe('acked');
    expect(await send(second, 'unheard')).toBe(OPEN);
    expect(await send(second)).toBe('acked');
    expect(await ids(server)).toEqual([first.id, second.id, event(2).id]);
    await close();
  });

  test('of what was not stored is, also when others have passed it, and a first sending that comes late changes nothing', async () => {
    await using server = await startRedisServer();
    const { send, sendLost, close } = writerTo(server);
    const [first, second] = [event(0), event(1)];
    expect(await send(first, 'lost')).toBe(OPEN);
    expect(await send(first)).toBe('acked');
    expect(await send(second, 'lost')).toBe(OPEN);
    expect(await send(event(2))).toBe('acked');
    // Refused, and not there: not stored, and never to be.
    expect(await send(second)).toBe(PASSED);
    expect(await send(second)).toBe('acked');
    await sendLost();
    expect(await ids(server)).toEqual([first.id, event(2).id, second.id]);
    await close();
  });

  test('stays open where the entry may have been there and was removed', async () => {
    await using server = await startRedisServer();
    const { send, close } = writerTo(server);
    const [first, second] = [event(0), event(1)];
    expect(await send(first, 'unheard')).toBe(OPEN);
    expect(await send(event(2))).toBe('acked');
    await ask(server.endpoint, 'XTRIM', 'events', 'MAXLEN', '1');
    expect(await send(first)).toMatch(/^unknown: entries were removed/);
    expect(await send(second, 'unheard')).toBe(OPEN);
    expect(await send(event(3))).toBe('acked');
    const [, deleted] = (await ask(server.endpoint, 'XRANGE', 'events', '-', '+')) as readonly [string, unknown][];
    await ask(server.endpoint, 'XDEL', 'events', deleted?.[0] ?? '');
    expect(await send(second)).toMatch(/^unknown: entries were removed/);
    expect(await ids(server)).toEqual([event(2).id, event(3).id]);
    await close();
  });

  test('has room before the entry of somebody whose clock is ahead', async () => {
    await using server = await startRedisServer();
    const { send, close } = writerTo(server);
    await ask(server.endpoint, 'XADD', 'events', `${Date.now() + 3_600_000}-7`, 'other', '1');
    const [first, second] = [event(0), event(1)];
    expect([await send(first), await send(first)]).toEqual([PASSED, 'acked']);
    await ask(server.endpoint, 'XADD', 'events', `${Date.now() + 7_200_000}-7`, 'other', '2');
    expect(await send(second, 'unheard')).toBe(OPEN);
    expect(await send(second)).toBe(PASSED);
    expect(await send(second)).toBe('acked');
    expect(await ids(server)).toEqual(['1', first.id, '2', second.id]);
    await close();
  });
});

test('ids are compared by both of their parts, which may be larger than numbers are exact', () => {
  expect(compareEntryIds('2-0', '10-0')).toBeLessThan(0);
  expect(compareEntryIds('10-3', '10-20')).toBeLessThan(0);
  expect(compareEntryIds('10-18446744073709551615', '10-18446744073709551614')).toBeGreaterThan(0);
  expect(compareEntryIds('10-0', '10')).toBe(0);
  let nowMs = 1000;
  const ids = createEntryIds(() => nowMs);
  expect([ids.next(), ids.next()]).toEqual(['1001-0', '1001-1048576']);
  nowMs = 999;
  expect(ids.next()).toBe('1001-2097152');
  ids.passed('5000-9');
  expect(compareEntryIds(ids.next(), '5000-9')).toBeGreaterThan(0);
});
