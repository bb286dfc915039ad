import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { traffic as app } from '../../../src/kinds/_shared/http/traffic.ts';
import { traffic as redis } from '../../../src/kinds/_shared/redis/traffic.ts';
import { withMaster } from '../../../src/kinds/sentinel/master.ts';
import type { SentinelOptions } from '../../../src/kinds/sentinel/options.ts';
import { traffic as sentinel } from '../../../src/kinds/sentinel/traffic/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { Service, ServiceInput } from '../../../src/stack/contract/model.ts';
import { factsOf } from '../../../src/stack/contract/plugins.ts';
import type {
  SendOutcome,
  SinkCapability,
  StoreCapability,
  StoreReading,
  TrafficCapability,
  TrafficRun,
} from '../../../src/stack/contract/traffic.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';
import { foundIds } from '../../support/found-ids.ts';
import { canRun } from '../../support/need.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';

const RUN: TrafficRun = { runId: 'a1b2c3d4-e5f6', oldestMs: 0, fields: [], signal: new AbortController().signal };
const OTHER: TrafficRun = { ...RUN, runId: 'ffffffff-e5f6' };
const id = (sequence: number): string => eventId(RUN.runId, sequence);
const never = new AbortController().signal;
const ids = (reading: StoreReading | undefined): readonly string[] => foundIds(RUN.runId, reading);

function events(from: number, to: number, body: (id: string) => TrafficEvent['body']): readonly TrafficEvent[] {
  return Array.from({ length: to - from }, (_, index) => {
    const sequence = from + index;
    return { sequence, id: id(sequence), body: body(id(sequence)) };
  });
}

const types = (outcomes: readonly SendOutcome[]): string => [...new Set(outcomes.map(({ type }) => type))].join(' ');

function sinkOf<Options>({ sink }: TrafficCapability<Options>): SinkCapability<Options> {
  if (sink === undefined) throw new Error('no sink');
  return sink;
}

function storeOf<Options>({ store }: TrafficCapability<Options>): StoreCapability<Options> {
  if (store === undefined) throw new Error('no store');
  return store;
}

describe.skipIf(!canRun('redis-server'))('a Redis server', () => {
  const entry = (own: string) => ({ event_id: own, properties: { page: 1 } });

  test('takes events as entries of a stream and gives back those of the run', async () => {
    await using server = await startRedisServer();
    // What was there before is not looked at, unless something is missing.
    await ask(server.endpoint, 'XADD', 'events', '*', 'event_id', id(9999));
    const store = await storeOf(redis).open(server.input, { stream: 'events' }, RUN);
    const sink = await sinkOf(redis).open(server.input, { stream: 'events' }, RUN);
    const outcomes = await Promise.all([sink.send(events(0, 2500, entry)), sink.send(events(2500, 3000, entry))]);
    expect(types(outcomes.flat())).toBe('acked');
    await ask(server.endpoint, 'XADD', 'events', '*', 'event_id', eventId(OTHER.runId, 1));
    const [, first] = (await ask(server.endpoint, 'XRANGE', 'events', '-', '+', 'COUNT', '2')) as readonly unknown[];
    expect(first).toEqual([expect.any(String), ['event_id', id(0), 'properties', '{"page":1}']]);

    expect(store).toMatchObject({ name: 'redis events', guarantee: 'stored' });
    expect(await store.count(never)).toBe(3000);
    expect(ids(await store.read(never))).toEqual(events(0, 3000, entry).map((event) => event.id));
    expect(ids(await store.readAll?.(never))).toContain(id(9999));
    // Counting goes on where it stopped, and reading begins anew.
    await sink.send(events(3000, 3010, entry));
    expect([await store.count(never), (await store.read(never)).found.total]).toEqual([3010, 3010]);
    await Promise.all([sink.close(), store.close()]);
  });

  test('entries of any size are found', async () => {
    await using server = await startRedisServer();
    const store = await storeOf(redis).open(server.input, { stream: 'events' }, RUN);
    const sink = await sinkOf(redis).open(server.input, { stream: 'events' }, RUN);
    const large = (own: string) => ({ event_id: own, text: 'ä'.repeat(own.endsWith('0') ? 500_000 : 10) });
    expect(types(await sink.send(events(0, 700, large)))).toBe('acked');
    expect(ids(await store.read(never))).toEqual(events(0, 700, entry).map((event) => event.id));
    await Promise.all([sink.close(), store.close()]);
  });

  test('a server that takes no writes refuses every event, whatever else is on its way', async () => {
    await using server = await startRedisServer();
    const sink = await sinkOf(redis).open(server.input, { stream: 'events' }, RUN);
    expect(types(await sink.send(events(0, 1, entry)))).toBe('acked');
    await ask(server.endpoint, 'CONFIG', 'SET', 'maxmemory', '1');
    const sent = Array.from({ length: 8 }, (_, index) =>
      sink.send(events(1 + 2000 * index, 2001 + 2000 * index, entry)),
    );
    expect(types((await Promise.all(sent)).flat())).toBe('rejected');
    expect(await ask(server.endpoint, 'XLEN', 'events')).toBe(1);
    await sink.close();
  });

  test('of a sorted set by times only members of the run are read, whatever scores they share', async () => {
    await using server = await startRedisServer();
    const settings = { sortedSet: 'set', scores: 'time' };
    const store = await storeOf(redis).open(server.input, settings, { ...RUN, oldestMs: 1_000_000 });
    // Two pages and a half of one score, others around them, and what is too old.
    const scored = [...Array(9000).keys()].flatMap((sequence) => {
      const score = sequence < 2000 ? 1_000_000 + sequence : sequence < 7000 ? 2_000_000 : 2_000_000.5 + sequence;
      return [String(score), JSON.stringify({ id: id(sequence) })];
    });
    for (let at = 0; at < scored.length; at += 2000)
      await ask(server.endpoint, 'ZADD', 'set', ...scored.slice(at, at + 2000));
    await ask(server.endpoint, 'ZADD', 'set', '999999', id(9999), '2000000', eventId(OTHER.runId, 1));
    expect(ids(await store.read(never))).toEqual([...Array(9000).keys()].map(id));
    expect(await store.count(never)).toBe(9000);
    expect(ids(await store.readAll?.(never))).toContain(id(9999));
  });

  test('members of a sorted set are found too, each as often as it is there', async () => {
    await using server = await startRedisServer();
    await ask(
      server.endpoint,
      'ZADD',
      'set',
      '1',
      JSON.stringify({ a: id(1) }),
      '2',
      `${id(1)} again`,
      '3',
      id(2),
      '4',
      'else',
    );
    const store = await storeOf(redis).open(server.input, { sortedSet: 'set' }, RUN);
    expect(ids(await store.read(never))).toEqual([id(1), id(1), id(2)]);
    expect(await (await storeOf(redis).open(server.input, { sortedSet: 'set' }, OTHER)).count(never)).toBe(0);
  });

  test('is read right while others write into the same sorted set and remove from it', async () => {
    await using server = await startRedisServer();
    const own = Array.from({ length: 20_000 }, (_, sequence) => id(sequence));
    await ask(server.endpoint, 'ZADD', 'set', ...own.flatMap((one) => ['1000', one]));
    const store = await storeOf(redis).open(server.input, { sortedSet: 'set' }, RUN);
    const reads = { done: false, moves: 0 };
    // Below the members of the run, whose ranks go up by 700 and down again while they are read.
    const others = Array.from({ length: 700 }, (_, index) => ['1', `other ${index}`]).flat();
    const meddle = async (): Promise<void> => {
      for (; !reads.done; reads.moves++) {
        await ask(server.endpoint, 'ZADD', 'set', ...others);
        await ask(server.endpoint, 'ZREMRANGEBYSCORE', 'set', '1', '1');
      }
    };
    const meddling = meddle();
    try {
      for (let read = 0; read < 5; read++) {
        const before = reads.moves;
        const { found } = await store.read(never);
        expect({ found: found.total, different: [...found.from(0)].length }).toEqual({
          found: 20_000,
          different: 20_000,
        });
        await waitFor('another move', async () => reads.moves > before);
      }
    } finally {
      reads.done = true;
      await meddling;
    }
  });

  test('a key of another type is refused before anything is sent; one that is not there yet is not', async () => {
    await using server = await startRedisServer();
    await ask(server.endpoint, 'SET', 'text', 'x');
    await ask(server.endpoint, 'ZADD', 'set', '1', 'x');
    const { sink, store } = redis;
    expect(await sink?.check?.(server.input, { stream: 'events' }, RUN)).toEqual([]);
    expect(await store?.check?.(server.input, { sortedSet: 'set' }, RUN)).toEqual([]);
    expect(await sink?.check?.(server.input, { stream: 'text' }, RUN)).toEqual([
      { path: ['stream'], part: 'value', message: expect.stringMatching(/^the key text is a string, not a stream:/) },
    ]);
    expect(await store?.check?.(server.input, { stream: 'set' }, RUN)).toMatchObject([
      { path: ['stream'], message: expect.stringMatching(/^the key set is a sorted set, not a stream:/) },
    ]);
    await server.kill();
    await expect(store?.check?.(server.input, { stream: 'set' }, RUN)).rejects.toThrow('redis has 0 masters');
  });

  test('that refuses is told apart from one that is away', async () => {
    await using server = await startRedisServer('--maxmemory', '1mb');
    await ask(server.endpoint, 'SET', 'text', 'x');
    const wrong = await sinkOf(redis).open(server.input, { stream: 'text' }, RUN);
    expect(await wrong.send(events(0, 1, entry))).toEqual([{ type: 'rejected', reason: 'WRONGTYPE' }]);

    const sink = await sinkOf(redis).open(server.input, { stream: 'events' }, RUN);
    await ask(server.endpoint, 'CONFIG', 'SET', 'maxmemory', '1');
    expect(await sink.send(events(0, 1, entry))).toEqual([{ type: 'rejected', reason: 'OOM', unreachable: true }]);
    await ask(server.endpoint, 'CONFIG', 'SET', 'maxmemory', '0');
    expect(types(await sink.send(events(1, 2, entry)))).toBe('acked');
    await server.kill();
    expect(
      await waitFor('a refusal', async () => {
        const [outcome] = await sink.send(events(2, 3, entry));
        return outcome?.type === 'rejected' && outcome;
      }),
    ).toMatchObject({ type: 'rejected', unreachable: true, reason: expect.stringContaining('connection refused') });
    await Promise.all([sink.close(), wrong.close()]);
    await expect(sinkOf(redis).open(server.input, { stream: 'events' }, RUN)).rejects.toThrow('redis has 0 masters');
  });
});

describe.skipIf(!canRun('redis-server'))('rooms behind Sentinels', () => {
  const SETTINGS = { streams: 'room:{*}:ops', latest: { hash: 'room:{*}:snapshot', field: 'event' } };

  const move = (own: string) => {
    const room = `room:{${Number.parseInt(own.slice(-1), 16) % 3}}`;
    return {
      commands: [
        ['HSET', `${room}:snapshot`, 'event', own],
        ['XADD', `${room}:ops`, '*', 'event', own],
        ['PUBLISH', `${room}:channel`, own],
      ],
    };
  };

  test('are written through a failover, read back from the new master, and listened to', async () => {
    const cluster = await startSentinelCluster({ downAfterMs: 1500, minReplicas: 0 });
    try {
      const input = cluster.target as ServiceInput<SentinelOptions>;
      // Sentinels find replicas and each other within seconds; only then can they fail over.
      await waitFor('a group that can fail over', () => isReady(input));
      const channel = await storeOf(sentinel).open(input, { channels: 'room:{*}:channel' }, RUN);
      const store = await storeOf(sentinel).open(input, SETTINGS, RUN);
      const sink = await sinkOf(sentinel).open(input, {}, RUN);
      const fates = new Map<number, SendOutcome>();
      const send = async (from: number, to: number): Promise<readonly SendOutcome[]> => {
        const outcomes = await sink.send(events(from, to, move));
        for (const [index, outcome] of outcomes.entries()) fates.set(from + index, outcome);
        return outcomes;
      };

      expect(types(await send(0, 400))).toBe('acked');
      expect(await store.read(never)).toMatchObject({ found: { total: 400 }, contradictions: [] });
      await expect.poll(() => channel.count(never)).toBe(400);

      const { store: described } = sentinel;
      expect(await described?.check?.(input, SETTINGS, RUN)).toEqual([]);
      await withMaster(cluster.target, (client) => client.set('room:{wrong}:ops', 'x'));
      expect(await described?.check?.(input, SETTINGS, RUN)).toMatchObject([
        { path: ['streams'], message: expect.stringMatching(/^the key room:\{wrong\}:ops is a string, not a stream/) },
      ]);
      await withMaster(cluster.target, (client) => client.del('room:{wrong}:ops'));

      await cluster.runtime.inject('redis-1', 'kill');
      let next = 400;
      await waitFor('writes that the new master takes', async () => {
        const outcomes = await send(next, next + 20);
        next += 20;
        return types(outcomes) === 'acked';
      });
      const acked = [...fates].filter(([, { type }]) => type === 'acked').map(([sequence]) => id(sequence));
      const reading = await store.read(never);
      const stored = ids(reading);
      expect(stored).toEqual(expect.arrayContaining(acked));
      expect(reading.contradictions).toEqual([]);
      const refused = [...fates].filter(([, { type }]) => type === 'rejected').map(([sequence]) => id(sequence));
      expect(refused.length).toBeGreaterThan(0);
      expect(stored.filter((one) => refused.includes(one))).toEqual([]);

      // The listener finds the new master by itself.
      const heard = await channel.count(never);
      await waitFor('messages again', async () => {
        next += 1;
        await send(next, next + 1);
        return (await channel.count(never)) > heard;
      });
      expect(channel.guarantee).toBe('atMostOnce');

      await withMaster(cluster.target, (client) => client.hset('room:{1}:snapshot', 'event', id(0)));
      expect((await store.read(never)).contradictions).toEqual([
        expect.stringMatching(/^room:\{1\}:snapshot names .*0000 as its last event, room:\{1\}:ops ends with /),
      ]);
      await Promise.all([sink.close(), store.close(), channel.close()]);
    } finally {
      await cluster.close();
    }
  });
});

async function isReady(input: ServiceInput<SentinelOptions>): Promise<boolean> {
  const [first] = input.service.instances;
  if (first === undefined) return false;
  const endpoint = { port: first.client.port, password: input.service.options.password.reveal() };
  const fields = (await ask(endpoint, 'SENTINEL', 'MASTER', input.service.options.masterName).catch(
    () => [],
  )) as string[];
  const value = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  return value('num-slaves') === '2' && value('num-other-sentinels') === '2';
}

describe('an HTTP service', () => {
  type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

  async function serve(answer: Answer) {
    const server = createServer((request, response) => {
      const parts: string[] = [];
      request.setEncoding('utf8').on('data', (part: string) => parts.push(part));
      request.on('end', () => answer(request, parts.join(''), response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const instance = { name: 'api-1', service: 'api', index: 1, ports: [], peer: client, client };
    const service = { name: 'api', instances: [instance], through: undefined } as unknown as Service;
    const input = { stack: { runtime: factsOf('process'), services: [service] }, service } as unknown as ServiceInput;
    const close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return { input, close, [Symbol.asyncDispose]: close };
  }

  const settings = (value: unknown) => sinkOf(app).settings.parse(value);

  test('gets a list of events in one request, or a request for each, with the headers of the profile', async () => {
    const seen: { readonly token: string | undefined; readonly body: unknown }[] = [];
    await using server = await serve((request, body, response) => {
      seen.push({ token: request.headers.authorization, body: JSON.parse(body) });
      response.writeHead(202).end();
    });
    const headers = { authorization: new Secret('Bearer abc') };
    const body = (own: string) => ({ id: own });
    const together = await sinkOf(app).open(server.input, settings({ path: '/events', headers }), RUN);
    expect(types(await together.send(events(0, 3, body)))).toBe('acked');
    expect(seen).toEqual([{ token: 'Bearer abc', body: [{ id: id(0) }, { id: id(1) }, { id: id(2) }] }]);
    const apart = await sinkOf(app).open(server.input, settings({ path: '/events', events: 'apart' }), RUN);
    expect(await apart.send(events(3, 5, body))).toEqual([{ type: 'acked' }, { type: 'acked' }]);
    expect(seen.slice(1).map((one) => one.body)).toEqual(expect.arrayContaining([{ id: id(3) }, { id: id(4) }]));
    await Promise.all([together.close(), apart.close()]);
  });

  test('acknowledges, refuses, or leaves it open', async () => {
    const server = await serve((request, body, response) => {
      const status = Number((JSON.parse(body) as { status: number }).status);
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end('no');
    });
    const sink = await sinkOf(app).open(server.input, settings({ path: '/', events: 'apart' }), RUN);
    const outcome = async (status: number) => (await sink.send(events(0, 1, (own) => ({ own, status }))))[0];
    expect(await outcome(200)).toEqual({ type: 'acked' });
    expect(await outcome(422)).toEqual({ type: 'rejected', reason: 'HTTP 422: no' });
    expect(await outcome(404)).toEqual({ type: 'rejected', reason: 'HTTP 404 for POST /: no' });
    expect(await outcome(405)).toEqual({ type: 'rejected', reason: 'HTTP 405 for POST /: no' });
    expect(await outcome(429)).toEqual({ type: 'rejected', reason: 'HTTP 429: no', unreachable: true });
    expect(await outcome(503)).toEqual({ type: 'unknown', reason: 'HTTP 503: no' });
    expect(await outcome(302)).toEqual({ type: 'unknown', reason: 'HTTP 302: no' });
    expect(await outcome(0)).toEqual({ type: 'unknown', reason: 'connection reset' });
    await server.close();
    expect(await outcome(200)).toEqual({ type: 'rejected', reason: 'connection refused', unreachable: true });
    await sink.close();
  });

  test.each([
    ['{"error":{"field":"[17].timestamp","message":"is too old"}}', 'HTTP 400: timestamp is too old'],
    ['{"error":"no such site"}', 'HTTP 400: no such site'],
    ['{"message":"bad \\u001b[2J token s3cret"}', 'HTTP 400: bad \\x1b[2J token [redacted]'],
    ['{"title":"No","status":400,"detail":"no such day"}', 'HTTP 400: no such day'],
    ['{"error":"Bad Request","message":"no body"}', 'HTTP 400: Bad Request: no body'],
    ['{"other":1}', 'HTTP 400'],
    ['<html><p>no</p></html>', 'HTTP 400'],
    ['first\nsecond', 'HTTP 400: first'],
    ['x'.repeat(5000), `HTTP 400: ${'x'.repeat(200)}`],
  ])('says why it refuses: %.60s', async (answer, reason) => {
    await using server = await serve((_request, _body, response) => void response.writeHead(400).end(answer));
    const headers = { authorization: new Secret('Bearer s3cret') };
    const sink = await sinkOf(app).open(server.input, settings({ path: '/', headers }), RUN);
    expect(await sink.send(events(0, 1, (own) => ({ own })))).toEqual([{ type: 'rejected', reason }]);
    await sink.close();
  });

  test('is read back by the ids that it names', async () => {
    await using server = await serve((request, _body, response) => {
      const isAsked = request.url === `/tracked?contains=${RUN.runId}`;
      response
        .writeHead(isAsked ? 200 : 404)
        .end(JSON.stringify({ urls: [`/a?visit=${id(7)}`, `/b?visit=${id(9)}&x=${id(7)}`] }));
    });
    const store = await storeOf(app).open(server.input, { path: '/tracked?contains={run}', headers: {} }, RUN);
    expect(ids(await store.read(never))).toEqual([id(7), id(7), id(9)]);
    const wrong = await storeOf(app).open(server.input, { path: '/other', headers: {} }, RUN);
    await expect(wrong.read(never)).rejects.toThrow('GET /other answered 404');
    await Promise.all([store.close(), wrong.close()]);
  });
});
