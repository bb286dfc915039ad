import { describe, expect, test } from 'vitest';
import { traffic } from '../../../src/kinds/_shared/redis/traffic.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { TrafficRun } from '../../../src/stack/contract/traffic.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';
import { foundIds } from '../../support/found-ids.ts';
import { canRun } from '../../support/need.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { ask, connectTo } from '../../support/redis-side.ts';
import { type RedisRun, seedRedis } from '../../support/redis-traffic.ts';
import { waitFor } from '../../support/wait-for.ts';

const RUN: TrafficRun = { runId: 'a1b2c3d4-e5f6', oldestMs: 0, fields: ['id'], signal: new AbortController().signal };

async function told(run: RedisRun) {
  const report = await seedRedis(run);
  const [store] = report.stores;
  if (store === undefined) throw new Error('no store');
  return { ...report, store };
}

const VERIFIED = { verified: true, verdict: 'pass', reasons: [] };

describe.skipIf(!canRun('redis-server')).concurrent('a profile for Redis', () => {
  test.each([
    [
      { list: 'text' },
      [{ list: 'text' }],
      'the key text is a string, not a list: name another key, or delete this one',
    ],
    [
      { string: { key: 'set' } },
      [{ string: 'set' }],
      'send.settings.string.key: the key set is a sorted set, not a string',
    ],
    [{ hash: 'h:{customer}' }, [{ hash: 'h:*' }], 'send.settings.hash: the key h:x is a list, not a hash'],
    [
      { list: 'new' },
      [{ hash: { key: 'h:*', field: 'f' } }],
      'stores.0.settings.hash.key: the key h:x is a list, not a hash',
    ],
    [
      { sortedSet: { key: 'text', score: 'at' } },
      [{ sortedSet: 'new' }],
      'send.settings.sortedSet.key: the key text is a string',
    ],
    [
      { sortedSet: { key: 'new', score: 'totl' } },
      [{ sortedSet: 'new' }],
      'send.settings.sortedSet.score: the body has no field totl; did you mean "total"?',
    ],
    [{ string: 'order:{costumer}' }, [{ string: 'order:*' }], 'send.settings.string: the body has no field {costumer}'],
    [{ list: 'new' }, [{ string: 'order:{costumer}' }], 'stores.0.settings.string: the body has no field {costumer}'],
    [{ channel: 'c:{x}' }, [{ channel: 'c:*' }], 'send.settings.channel: the body has no field {x}'],
    [{ commands: true }, [{ list: 'new' }], 'send.settings.commands: the body has no field commands'],
  ])(
    'that cannot be right is told with line and column before anything is sent: %j, %j',
    async (send, stores, message) => {
      await using server = await startRedisServer();
      await ask(server.endpoint, 'SET', 'text', 'x');
      await ask(server.endpoint, 'ZADD', 'set', '1', 'x');
      await ask(server.endpoint, 'RPUSH', 'h:x', 'x');
      const error = (await seedRedis({ input: server.input, send, stores }).catch(
        (caught: unknown) => caught,
      )) as Error;
      expect(error).toMatchObject({ code: 'E_PROFILE_INVALID', hint: expect.stringMatching(/^Nothing was sent/) });
      expect(error.message).toContain(message);
      for (const line of error.message.split('\n').slice(1)) expect(line).toMatch(/^ *faults\.yaml:1:\d+ /);
      expect(await ask(server.endpoint, 'DBSIZE')).toBe(3);
    },
  );

  test('a channel is counted and proves nothing', async () => {
    await using server = await startRedisServer();
    const stores = [{ channel: 'news:{customer}' }];
    const report = await told({ input: server.input, send: { channel: 'news:{customer}' }, stores });
    expect(report).toMatchObject({ acked: 300, verified: false, verdict: 'inconclusive' });
    expect(report.reasons).toEqual(['no store could be read back']);
    expect(report.store).toMatchObject({ store: 'pub/sub news:{customer}', guarantee: 'atMostOnce', stored: 300 });
    const body = {
      commands: [
        ['PUBLISH', 'all', '{{id}}'],
        ['RPUSH', 'kept', '{{id}}'],
      ],
    };
    const both = [{ channel: 'all' }, { list: 'kept' }];
    const beside = await seedRedis({ input: server.input, send: { commands: true }, body, stores: both });
    expect(beside).toMatchObject(VERIFIED);
    expect(beside.stores.map(({ stored }) => stored)).toEqual([300, 300]);
    // Nobody listens any more.
    expect(await ask(server.endpoint, 'PUBSUB', 'NUMPAT')).toBe(0);
  });

  test('neither is what the run itself overwrites with something else', async () => {
    await using server = await startRedisServer();
    const body = {
      commands: [
        ['HSET', 'room', 'event', '{{id}}', 'other', 'x'],
        ['HSET', 'shown', 'event', '{{id}}'],
        ['HSET', 'room', 'event', 'none'],
      ],
    };
    const stores = [{ hash: { key: 'room', field: 'event' } }, { hash: 'shown' }];
    const report = await told({ input: server.input, send: { commands: true }, body, stores });
    expect(report).toMatchObject({ verdict: 'inconclusive', store: { missing: null } });
    expect(report.store.error).toMatch(/^the run itself changes room by HSET, and /);
    expect(report.stores[1]).toMatchObject({ stored: 300, missing: 0, error: null });
  });

  test('what the run itself takes away again is no loss', async () => {
    await using server = await startRedisServer();
    const body = {
      commands: [
        ['RPUSH', 'jobs', '{{id}}'],
        ['LTRIM', 'jobs', '-10', '-1'],
      ],
    };
    const report = await told({ input: server.input, send: { commands: true }, body, stores: [{ list: 'jobs' }] });
    expect(report).toMatchObject({ verdict: 'inconclusive', store: { stored: 10, missing: null } });
    expect(report.store.error).toBe('the run itself changes jobs by LTRIM, and 290 acknowledged ones are not there');
  });
});

const json = ({ body }: TrafficEvent): string => JSON.stringify(body);

/** An application writes for the run: which keys these are, and what overwrites what, it alone knows. */
describe.skipIf(!canRun('redis-server')).concurrent('what an application has written to Redis', () => {
  const writing =
    (server: RedisServer, commandOf: (event: TrafficEvent) => readonly [string, ...string[]]) =>
    async (events: readonly TrafficEvent[]): Promise<void> => {
      for (const event of events) await ask(server.endpoint, ...(commandOf(event) as [string]));
    };
  const customer = ({ body }: TrafficEvent): string => String(body.customer);

  test.each([
    ['LPUSH', { list: 'jobs' }],
    ['RPUSH', { list: 'jobs' }],
    ['RPUSH', { list: 'job*' }],
  ])('at either end of a list is found: %s', async (command, store) => {
    await using server = await startRedisServer();
    for (let old = 0; old < 3; old++)
      await ask(server.endpoint, 'RPUSH', 'jobs', ...Array.from({ length: 900 }, () => `old ${old}`));
    const write = writing(server, (event) => [command, 'jobs', json(event)]);
    const report = await told({ input: server.input, count: 60, write, stores: [store] });
    expect(report).toMatchObject({ ...VERIFIED, store: { stored: 60, missing: 0, duplicates: 0 } });
    const lost = await told({
      ...{ input: server.input, count: 60, write, stores: [store] },
      fault: (events) => ask(server.endpoint, 'LREM', 'jobs', '1', json(events[3] as TrafficEvent)),
    });
    expect(lost.store).toMatchObject({ missing: 1, missingIds: [lost.sent[3]?.id] });
  });

  test.each(['LPUSH', 'RPUSH'])('at either end without a look at what was there before: %s', async (command) => {
    await using server = await startRedisServer();
    const id = (sequence: number): string => eventId(RUN.runId, sequence);
    await ask(
      server.endpoint,
      'RPUSH',
      'jobs',
      ...Array.from({ length: 5000 }, (_, old) => (old === 2500 ? id(9) : 'old')),
    );
    const store = await traffic.store?.open(server.input, { list: { key: 'jobs' } }, RUN);
    for (const sequence of [0, 1, 2]) await ask(server.endpoint, command, 'jobs', id(sequence));
    await ask(server.endpoint, 'RPUSH', 'jobs', id(2));
    const never = new AbortController().signal;
    expect(foundIds(RUN.runId, await store?.read(never))).toEqual([id(0), id(1), id(2), id(2)]);
    expect(await store?.count(never)).toBe(4);
    expect(foundIds(RUN.runId, await store?.readAll?.(never))).toEqual([id(0), id(1), id(2), id(2), id(9)]);
  });

  test('a list that others push to meanwhile is read right or not at all', async () => {
    await using server = await startRedisServer();
    const store = await traffic.store?.open(server.input, { list: { key: 'jobs' } }, RUN);
    const own = Array.from({ length: 20_000 }, (_, sequence) => eventId(RUN.runId, sequence));
    await ask(server.endpoint, 'RPUSH', 'jobs', ...own);
    const meddler = connectTo(server.endpoint);
    await meddler.connect();
    const seen = { pushed: 0, isOver: false };
    const meddle = async (): Promise<void> => {
      for (; !seen.isOver; seen.pushed++) await meddler.lpush('jobs', 'other');
    };
    const meddling = meddle();
    const outcomes: string[] = [];
    for (let read = 0; read < 5; read++) {
      const before = seen.pushed;
      outcomes.push(
        await (store?.read(new AbortController().signal) ?? Promise.reject(new Error('no store'))).then(
          ({ found }) => `${found.total} of ${[...found.from(0)].length}`,
          (error: Error) => error.message,
        ),
      );
      await waitFor('another push', () => seen.pushed > before);
    }
    seen.isOver = true;
    await meddling;
    meddler.disconnect();
    for (const outcome of outcomes)
      expect(outcome).toMatch(/^(20000 of 20000|its elements move while they are read: .*)$/);
    expect(foundIds(RUN.runId, await store?.read(new AbortController().signal))).toEqual(own);
  });

  test('a list of which others take the first elements is read to its beginning', async () => {
    await using server = await startRedisServer();
    await ask(server.endpoint, 'RPUSH', 'jobs', ...Array.from({ length: 200 }, (_, old) => `old ${old}`));
    const write = writing(server, (event) => ['RPUSH', 'jobs', json(event)]);
    const report = await told({
      ...{ input: server.input, count: 60, write, stores: [{ list: 'jobs' }] },
      fault: () => ask(server.endpoint, 'LPOP', 'jobs', '100'),
    });
    expect(report).toMatchObject({ ...VERIFIED, store: { stored: 60 } });
  });

  test.each([
    ['string', 'order:*', (event: TrafficEvent) => ['SET', `order:${event.id}`, json(event)] as const],
    ['hash', 'order:*', (event: TrafficEvent) => ['HSET', `order:${event.id}`, 'json', json(event)] as const],
    ['hash', 'orders', (event: TrafficEvent) => ['HSET', 'orders', event.id, customer(event)] as const],
    ['hash', 'orders', (event: TrafficEvent) => ['HSET', 'orders', event.id, json(event)] as const],
  ])(
    'in a %s %s is found, and what is missing is named where no event overwrites another',
    async (type, key, commandOf) => {
      await using server = await startRedisServer();
      const write = writing(server, commandOf as (event: TrafficEvent) => readonly [string, ...string[]]);
      const run = { input: server.input, count: 60, write };
      expect(await told({ ...run, stores: [{ [type]: key, keeps: 'every' }] })).toMatchObject({
        ...VERIFIED,
        store: { stored: 60, missing: 0, duplicates: 0 },
      });
      const remove = async ([first]: readonly TrafficEvent[]): Promise<void> => {
        await ask(server.endpoint, 'DEL', `order:${first?.id}`);
        await ask(server.endpoint, 'HDEL', 'orders', String(first?.id)).catch(() => undefined);
      };
      const lost = await told({ ...run, stores: [{ [type]: key, keeps: 'every' }], fault: remove });
      expect(lost.store).toMatchObject({ missing: 1, missingIds: [lost.sent[0]?.id] });
      const open = await told({ ...run, stores: [{ [type]: key }], fault: remove });
      expect(open).toMatchObject({ verdict: 'inconclusive', store: { missing: null, stored: 59, phantom: 0 } });
      expect(open.store.error).toMatch(/^a later event may have overwritten an earlier one \(`keeps: every` says/);
    },
  );

  test('and overwritten is not called missing', async () => {
    await using server = await startRedisServer();
    const write = writing(server, (event) => ['SET', `latest:${customer(event)}`, json(event)]);
    const report = await told({ input: server.input, count: 60, write, stores: [{ string: 'latest:{customer}' }] });
    expect(report).toMatchObject({ verdict: 'inconclusive', store: { missing: null, stored: 3 } });
  });
});

describe.skipIf(!canRun('redis-server')).concurrent('what somebody else has put beside what the run wrote', () => {
  const first = (events: readonly TrafficEvent[]): TrafficEvent => events[0] as TrafficEvent;
  const customer = ({ body }: TrafficEvent): string => String(body.customer);
  const json = ({ body }: TrafficEvent): string => JSON.stringify(body);
  const MOVED: readonly (readonly [object, object, (server: RedisServer, event: TrafficEvent) => Promise<unknown>])[] =
    [
      [
        { stream: 'mix:{customer}' },
        { stream: 'mix:*' },
        async (server, event) => {
          const key = `mix:${customer(event)}`;
          const entries = (await ask(server.endpoint, 'XRANGE', key, '-', '+')) as [string, string[]][];
          const [entry, fields = []] = entries.find(([, words]) => words.includes(event.id)) ?? ['', []];
          // Asked more than once, it is moved once.
          if ((await ask(server.endpoint, 'XDEL', key, entry || '0-1')) === 1)
            await ask(server.endpoint, 'XADD', 'mix:other', '*', ...fields);
        },
      ],
      [
        { list: 'mix:{customer}' },
        { list: 'mix:*' },
        async (server, event) => {
          if ((await ask(server.endpoint, 'LREM', `mix:${customer(event)}`, '1', json(event))) === 1)
            await ask(server.endpoint, 'RPUSH', 'mix:other', json(event));
        },
      ],
      [
        { sortedSet: { key: 'mix:{customer}', score: 'at', member: 'id' } },
        { sortedSet: 'mix:*' },
        async (server, event) => {
          await ask(server.endpoint, 'ZREM', `mix:${customer(event)}`, event.id);
          await ask(server.endpoint, 'ZADD', 'mix:other', '1', event.id);
        },
      ],
    ];

  test.each(MOVED)('is looked for before anything is called missing: %j', async (send, store, move) => {
    await using server = await startRedisServer();
    const fault = (events: readonly TrafficEvent[]) => move(server, first(events));
    const report = await told({ input: server.input, count: 60, send, stores: [store], fault });
    expect(report).toMatchObject({ ...VERIFIED, store: { stored: 60, missing: 0, duplicates: 0, phantom: 0 } });
  });
});

describe.skipIf(!canRun('redis-server'))('a store that holds much already', () => {
  const OLD = 100_000;
  const STEP = 5000;
  const BODY = {
    commands: [
      ['RPUSH', 'list', '{{id}}'],
      ['RPUSH', 'list:{{customer}}', '{{id}}'],
      ['ZADD', 'set', '{{at}}', '{{id}}'],
      ['HSET', 'hash', '{{customer}}', '{{id}}'],
      ['SET', 'string:{{customer}}', '{{id}}'],
      ['XADD', 'stream:{{customer}}', '*', 'event', '{{id}}'],
    ],
  };
  const STORES = [
    { list: 'list' },
    { list: 'list:*' },
    { sortedSet: 'set' },
    { hash: 'hash' },
    { string: 'string:*' },
    { stream: 'stream:*' },
  ];
  const FILL = `
    for i = ARGV[1] + 1, ARGV[1] + ARGV[2] do
      for _, list in ipairs({ 'list', 'list:ada', 'list:bob', 'list:çy' }) do redis.call('RPUSH', list, 'old ' .. i) end
      redis.call('ZADD', 'set', i, 'old ' .. i)
      redis.call('HSET', 'hash', 'old ' .. i, i)
      redis.call('SET', 'string:' .. i, i)
      for _, name in ipairs({ 'ada', 'bob', 'çy' }) do redis.call('XADD', 'stream:' .. name, '*', 'old', i) end
    end`;

  /** How often the server was asked each command that reads. */
  async function questions(server: RedisServer): Promise<Readonly<Record<string, number>>> {
    await ask(server.endpoint, 'CONFIG', 'RESETSTAT');
    const run = { input: server.input, send: { commands: true }, body: BODY, stores: STORES };
    const report = await seedRedis({ ...run, count: 600, batch: 100 });
    expect(report).toMatchObject(VERIFIED);
    expect(report.stores.map(({ stored }) => stored)).toEqual(STORES.map(() => 600));
    const text = String(await ask(server.endpoint, 'INFO', 'commandstats'));
    const counted = [...text.matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map(
      ([, name = '', calls]) => [name, Number(calls)] as const,
    );
    return Object.fromEntries(counted.filter(([name]) => READING.has(name)));
  }
  const READING = new Set([
    'lrange',
    'zrangebyscore',
    'zscan',
    'hget',
    'hmget',
    'hscan',
    'get',
    'mget',
    'xrange',
    'llen',
    'zscore',
  ]);

  test('is asked no more than an empty one', async () => {
    await using server = await startRedisServer('--busy-reply-threshold', '60000');
    const empty = await questions(server);
    expect(empty).toMatchObject({ lrange: expect.any(Number), zrangebyscore: 2, hmget: 2, mget: 2 });
    for (let at = 0; at < OLD; at += STEP) await ask(server.endpoint, 'EVAL', FILL, '0', String(at), String(STEP));
    expect(await ask(server.endpoint, 'LLEN', 'list')).toBe(OLD + 600);
    const full = await questions(server);
    // Behind other elements the new ones are looked for at both ends.
    expect(full).toEqual({ ...empty, lrange: 2 * (empty.lrange ?? 0) });
    expect(full.zscan ?? 0).toBe(0);
    const scans = String(await ask(server.endpoint, 'INFO', 'commandstats'));
    // Before the first event a part of the keys is looked at, whether one is of another type: the same of any store.
    expect(Number(/cmdstat_scan:calls=(\d+)/.exec(scans)?.[1])).toBeLessThanOrEqual(3 * 20);
  });
});
