import { describe, expect, test } from 'vitest';
import { trafficText } from '../../../src/output/traffic.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';
import { openLostAnswerProxy } from '../../support/lost-answer-proxy.ts';
import { canRun } from '../../support/need.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { idOf, openDoublingProxy, type RedisRun, seedRedis, through } from '../../support/redis-traffic.ts';

const COMMANDS = {
  commands: [
    ['HSET', 'snapshot:{{customer}}', 'event', '{{id}}', 'total', '{{total}}'],
    ['RPUSH', 'log:{{customer}}', '{{id}}'],
    ['ZADD', 'times', '{{at}}', '{{id}}'],
    ['ZADD', 'board', '{{total}}', '{{customer}}'],
    ['SET', 'last', '{{id}}'],
    ['XADD', 'ops:{{customer}}', '*', 'event', '{{id}}'],
  ],
};

/** What one command leaves behind, and how it is read back. */
const WAYS: Readonly<Record<string, Pick<RedisRun, 'send' | 'stores' | 'body'>>> = {
  'entries of streams': { send: { stream: 'events:{customer}' }, stores: [{ stream: 'events:{customer}' }] },
  'members of a sorted set': { send: { sortedSet: { key: 'set', score: 'at' } }, stores: [{ sortedSet: 'set' }] },
  'members by time': {
    send: { sortedSet: { key: 'set', score: 'at', member: 'id' } },
    stores: [{ sortedSet: 'set', scores: 'time' }],
  },
  'scores of members that events share': {
    send: { sortedSet: { key: 'board', score: 'total', member: 'customer' } },
    stores: [{ sortedSet: 'board' }],
  },
  'a field for each event': { send: { hash: { key: 'all', field: '{id}' } }, stores: [{ hash: 'all' }] },
  'fields that events share': {
    send: { hash: { key: 'carts', field: '{customer}' } },
    stores: [{ hash: { key: 'carts', field: '{customer}' } }],
  },
  'hashes that events share': { send: { hash: 'cart:{customer}' }, stores: [{ hash: 'cart:*' }] },
  'elements of a list': { send: { list: 'jobs' }, stores: [{ list: 'jobs' }] },
  'elements of lists': { send: { list: { key: 'jobs:{customer}' } }, stores: [{ list: 'jobs:{customer}' }] },
  'a key for each event': { send: { string: 'order:{id}' }, stores: [{ string: 'order:*' }] },
  'keys that events share': { send: { string: 'latest:{customer}' }, stores: [{ string: 'latest:{customer}' }] },
  'transactions of several commands': {
    send: { commands: true },
    body: COMMANDS,
    stores: [
      { hash: { key: 'snapshot:*', field: 'event' } },
      { list: 'log:*' },
      { sortedSet: 'times' },
      { sortedSet: 'board' },
      { string: 'last' },
      { stream: 'ops:*' },
    ],
  },
};

const VERIFIED = { acked: 300, verified: true, verdict: 'pass', reasons: [] };
const WHOLE = { stored: 300, missing: 0, phantom: 0, duplicates: 0, contradictions: [], error: null };

const lastOf = (events: readonly TrafficEvent[], customer: string): TrafficEvent => {
  const found = events.findLast(({ body }) => body.customer === customer);
  if (found === undefined) throw new Error(`no event of ${customer}`);
  return found;
};
const all = (events: readonly TrafficEvent[], customer: string): readonly string[] =>
  events.filter(({ body }) => body.customer === customer).map(({ id }) => id);

/** What the report says of the first store. */
async function told(run: RedisRun) {
  const report = await seedRedis(run);
  const [store] = report.stores;
  if (store === undefined) throw new Error('no store');
  return { ...report, store };
}

/** One batch at a time, so that the order of the events is that of their sequences. */
const IN_ORDER = { inFlight: 1 };

describe.skipIf(!canRun('redis-server')).concurrent('a run against Redis', () => {
  test.each(Object.entries(WAYS))('%s are read back, with and without those of another run', async (_, way) => {
    await using server = await startRedisServer();
    for (let run = 0; run < 2; run++) {
      const report = await seedRedis({ ...way, input: server.input });
      expect(report).toMatchObject(VERIFIED);
      expect(report.stores).toEqual(way.stores.map(() => expect.objectContaining(WHOLE)));
    }
    const named = await seedRedis({ ...way, input: server.input });
    for (const [index, { store, stored, overwritten }] of named.stores.entries()) {
      const isLatest = /string|hash|board/.test(JSON.stringify(way.stores[index]));
      expect(store.includes('(latest of each ')).toBe(isLatest);
      // Of what events share, one is to be seen for each customer, or one at all.
      const isShared = /board|cart|latest|snapshot|last/.test(JSON.stringify(way.stores[index]));
      const shown = Number(stored) - Number(overwritten);
      expect(isShared ? shown : [store, shown]).toEqual(
        isShared ? expect.toSatisfy((n) => n === 3 || n === 1) : [store, 300],
      );
    }
    const overwritten = named.stores.reduce((sum, one) => sum + Number(one.overwritten), 0);
    expect(trafficText(named).includes(`${overwritten} of ${named.acked} were overwritten`)).toBe(overwritten > 0);
    // Those that are sent once more are stored twice where nothing overwrites.
    const again = await seedRedis({ ...way, input: server.input, repeat: 0.1 });
    for (const [index, { missing, contradictions, duplicates }] of again.stores.entries()) {
      expect({ missing, contradictions }).toEqual({ missing: 0, contradictions: [] });
      const isAppended = /stream|list/.test(Object.keys(way.stores[index] ?? {}).join());
      expect(duplicates).toBe(isAppended ? again.repeated : 0);
    }
  });

  const remove =
    (...command: readonly string[]) =>
    (server: RedisServer) =>
      ask(server.endpoint, ...(command as [string]));
  type Faulty = readonly [
    way: string,
    fault: (server: RedisServer, events: readonly TrafficEvent[]) => Promise<unknown>,
    missing: (events: readonly TrafficEvent[]) => readonly string[],
  ];
  const seventh = (events: readonly TrafficEvent[]): TrafficEvent => events[7] as TrafficEvent;
  const FAULTS: readonly Faulty[] = [
    ['entries of streams', remove('DEL', 'events:ada'), (events) => all(events, 'ada')],
    [
      'entries of streams',
      async (server, events) => {
        const key = `events:${seventh(events).body.customer}`;
        const entries = (await ask(server.endpoint, 'XRANGE', key, '-', '+')) as [string, string[]][];
        const [entry] = entries.find(([, fields]) => fields.includes(seventh(events).id)) ?? [''];
        await ask(server.endpoint, 'XDEL', key, entry);
      },
      (events) => [seventh(events).id],
    ],
    [
      'members of a sorted set',
      (server, events) => ask(server.endpoint, 'ZREM', 'set', JSON.stringify(seventh(events).body)),
      (events) => [seventh(events).id],
    ],
    ['members of a sorted set', remove('DEL', 'set'), (events) => events.map(({ id }) => id)],
    [
      'members by time',
      (server, events) => ask(server.endpoint, 'ZREM', 'set', seventh(events).id),
      (events) => [seventh(events).id],
    ],
    ['scores of members that events share', remove('ZREM', 'board', 'ada'), (events) => [lastOf(events, 'ada').id]],
    [
      'scores of members that events share',
      remove('ZADD', 'board', '0.5', 'çy'),
      (events) => [lastOf(events, 'çy').id],
    ],
    [
      'a field for each event',
      (server, events) => ask(server.endpoint, 'HDEL', 'all', seventh(events).id),
      (events) => [seventh(events).id],
    ],
    ['fields that events share', remove('HDEL', 'carts', 'bob'), (events) => [lastOf(events, 'bob').id]],
    ['hashes that events share', remove('DEL', 'cart:çy'), (events) => [lastOf(events, 'çy').id]],
    ['hashes that events share', remove('HSET', 'cart:ada', 'id', 'x'), (events) => [lastOf(events, 'ada').id]],
    [
      'elements of a list',
      (server, events) => ask(server.endpoint, 'LREM', 'jobs', '1', JSON.stringify(seventh(events).body)),
      (events) => [seventh(events).id],
    ],
    ['elements of lists', remove('DEL', 'jobs:bob'), (events) => all(events, 'bob')],
    [
      'a key for each event',
      (server, events) => ask(server.endpoint, 'DEL', `order:${seventh(events).id}`),
      (events) => [seventh(events).id],
    ],
    ['keys that events share', remove('DEL', 'latest:ada'), (events) => [lastOf(events, 'ada').id]],
    // What was overwritten is back: a copy of an earlier batch, or a server that has lost the last writes.
    [
      'keys that events share',
      (server, events) => ask(server.endpoint, 'SET', 'latest:ada', all(events, 'ada')[0] ?? ''),
      (events) => [lastOf(events, 'ada').id],
    ],
    ['transactions of several commands', remove('HDEL', 'snapshot:ada', 'event'), (events) => [idLike(events, 'ada')]],
  ];
  const idLike = (events: readonly TrafficEvent[], customer: string): string =>
    events.findLast(({ body }) => JSON.stringify(body).includes(`snapshot:${customer}`))?.id ?? '';

  test.each(FAULTS)('of %s exactly those that are gone are named: fault %#', async (name, fault, missing) => {
    await using server = await startRedisServer();
    const way = WAYS[name];
    if (way === undefined) throw new Error(`no way ${name}`);
    // What an earlier run has left there stands for nothing.
    await seedRedis({ ...way, ...IN_ORDER, input: server.input });
    const {
      store,
      verdict,
      sent: events,
    } = await told({
      ...way,
      ...IN_ORDER,
      input: server.input,
      fault: (sent) => fault(server, sent),
    });
    expect(verdict).toBe('fail');
    expect(store).toMatchObject({ missing: missing(events).length, phantom: 0, duplicates: 0, error: null });
    expect(store.missingIds).toEqual(missing(events).slice(0, 20));
  });

  test('the key that does not hold its last event is named, with what it holds', async () => {
    await using server = await startRedisServer();
    const {
      store,
      reasons,
      sent: events,
    } = await told({
      ...(WAYS['keys that events share'] as RedisRun),
      ...IN_ORDER,
      input: server.input,
      fault: (sent) => ask(server.endpoint, 'SET', 'latest:ada', sent[0]?.id ?? ''),
    });
    const last = lastOf(events, 'ada').id;
    expect(store.store).toBe('redis latest:{customer} (latest of each key)');
    const text = `latest:ada holds ${events[0]?.id}, and the last event that was acknowledged there is ${last}`;
    expect(store.contradictions).toEqual([text]);
    expect(reasons).toContain(`${store.store}: ${text}`);
  });

  test.each([
    ['entries of streams', 20],
    ['elements of a list', 20],
    ['elements of lists', 20],
    // A member, a field and a key are there once, however often they are written.
    ['members of a sorted set', 0],
    ['a field for each event', 0],
    ['keys that events share', 0],
  ])('of a batch that arrives twice every event is named: %s', async (name, copies) => {
    await using server = await startRedisServer();
    await using proxy = await openDoublingProxy(server.endpoint.port, '8000-8000-000000000014');
    const way = WAYS[name] as RedisRun;
    const { store, run, verified } = await told({ ...way, ...IN_ORDER, input: through(server.input, proxy.port) });
    expect(store).toMatchObject({ stored: 300, missing: 0, duplicates: copies, contradictions: [] });
    expect(store.duplicateIds).toEqual(Array.from({ length: copies }, (_, index) => idOf({ run }, 20 + index)));
    expect(verified).toBe(copies === 0);
  });

  test.each(Object.entries(WAYS))('an answer that gets lost leaves its batch open: %s', async (_, way) => {
    await using server = await startRedisServer();
    const { sent: events } = await seedRedis({ ...way, input: server.input });
    const total = String(events[20]?.body.total);
    // Of a score that events share only the number is in what is sent.
    const isShared = JSON.stringify(way.send).includes('board');
    const marker = isShared ? `$${total.length}\r\n${total}\r\n` : '8000-8000-000000000014';
    // Those who read mention ids too, where keys are made of them.
    const write = /\$\d+\r\n(XADD|ZADD|HSET|RPUSH|SET|MULTI)\r\n/;
    await using proxy = await openLostAnswerProxy(server.endpoint.port, write, marker);
    const report = await seedRedis({ ...way, ...IN_ORDER, input: through(server.input, proxy.port) });
    expect(report).toMatchObject({ acked: 280, rejected: 0, unknown: 20, verified: true });
    for (const store of report.stores) {
      expect(store).toMatchObject({ missing: 0, phantom: 0, duplicates: 0, contradictions: [] });
      expect(store.recovered).toBe((store.stored ?? 0) - 280);
    }
  });

  test.each(Object.entries(WAYS))(
    'with --retry a batch whose answer gets lost is sent again, or refused before: %s',
    async (name, way) => {
      await using server = await startRedisServer();
      const marker = '8000-8000-000000000014';
      await using proxy = await openLostAnswerProxy(server.endpoint.port, marker, '8000-8000-000000000015', 1);
      const run = { ...way, ...IN_ORDER, input: through(server.input, proxy.port), retry: true };
      if (/^(entries of streams|elements|transactions)/.test(name)) {
        await expect(seedRedis(run)).rejects.toMatchObject({
          code: 'E_USAGE',
          hint: expect.stringContaining('--retry'),
        });
        expect(await ask(server.endpoint, 'DBSIZE')).toBe(0);
        return;
      }
      const report = await seedRedis(run);
      expect(report).toMatchObject({ acked: 300, unknown: 0, verified: true });
      expect(report.stores).toEqual([expect.objectContaining(WHOLE)]);
    },
  );

  test('an unknown event that overwrote the last acknowledged one is no fault, and neither is one that did not', async () => {
    await using server = await startRedisServer();
    const marker = '8000-8000-000000000118'; // the last batch
    await using proxy = await openLostAnswerProxy(server.endpoint.port, marker, marker);
    const way = { send: { string: 'one' }, stores: [{ string: 'one' }], ...IN_ORDER };
    const input = through(server.input, proxy.port);
    const kept = await told({ ...way, input });
    expect(kept).toMatchObject({ acked: 280, unknown: 20, verified: true });
    expect(kept.store).toMatchObject({ stored: 281, missing: 0, recovered: 1 });
    const back = await told({
      ...way,
      input,
      fault: (events) => ask(server.endpoint, 'SET', 'one', events[279]?.id ?? ''),
    });
    expect(back).toMatchObject({ unknown: 20, verified: true, store: { stored: 280, missing: 0 } });
    // Of those that are overwritten for certain none may come back.
    const older = await told({
      ...way,
      input,
      fault: (events) => ask(server.endpoint, 'SET', 'one', events[278]?.id ?? ''),
    });
    expect(older.store).toMatchObject({ missing: 1, missingIds: [idOf(older, 279)] });
  });

  test.each(Object.entries(WAYS))('what a killed server has lost is named, and nothing else: %s', async (_, way) => {
    await using server = await startRedisServer();
    let isKilled = false;
    const report = await seedRedis({
      ...way,
      ...IN_ORDER,
      input: server.input,
      afterBatch: async (answered) => {
        if (answered < 200 || isKilled) return;
        isKilled = true;
        await server.kill();
        await server.start();
      },
    });
    expect(report.acked).toBeGreaterThanOrEqual(280);
    for (const [index, { missing, missingRanges, phantom, contradictions }] of report.stores.entries()) {
      expect(phantom).toBe(0);
      const isLatest =
        /hash|string/.test(Object.keys(way.stores[index] ?? {}).join()) ||
        /board/.test(JSON.stringify(way.stores[index]));
      const isForEach = /\{id\}/.test(JSON.stringify(way.send));
      // Without a disk everything before is gone; what overwrites has been written again since.
      if (isLatest && !isForEach) expect({ missing, contradictions }).toEqual({ missing: 0, contradictions: [] });
      else expect({ missing, missingRanges }).toEqual({ missing: 200, missingRanges: [[0, 199]] });
    }
  });

  test('a server that keeps everything on its disk has everything after it was killed', async () => {
    await using server = await startRedisServer('--appendonly', 'yes', '--appendfsync', 'always');
    const way = WAYS['transactions of several commands'] as RedisRun;
    let killed: Promise<void> | undefined;
    const report = await seedRedis({
      ...way,
      input: server.input,
      afterBatch: async (answered) => {
        if (answered >= 100) killed ??= server.kill().then(() => server.start());
      },
      fault: () => killed as Promise<void>,
    });
    expect(report).toMatchObject({ verified: true });
    expect(report.acked).toBeGreaterThanOrEqual(100);
  });

  test('an event whose key cannot be made is refused alone', async () => {
    await using server = await startRedisServer();
    const body = { id: '{{id}}', customer: '{{customer}}', score: '{{customer}}' };
    const send = { sortedSet: { key: 'set', score: 'score' } };
    const refused = await told({ input: server.input, send, body, stores: [{ sortedSet: 'set' }] });
    expect(refused).toMatchObject({ acked: 0, rejected: 300, verdict: 'inconclusive' });
    expect(refused.refusals).toMatchObject([
      { outcome: 'rejected', reason: 'score, which is its score, is no number and no time', count: 300 },
    ]);
  });
});
