import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { READ_ONLY_COMMANDS, withReadOnlyRedis } from '../../../src/clients/redis/read-only.ts';
import { inspect, type ViewReport } from '../../../src/inspect/inspect.ts';
import { scan } from '../../../src/kinds/_shared/redis/inspect/scan.ts';
import { reset } from '../../../src/kinds/_shared/redis/reset.ts';
import { inspector as sentinelInspector } from '../../../src/kinds/sentinel/inspect.ts';
import type { SentinelOptions } from '../../../src/kinds/sentinel/options.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { Service, ServiceInput } from '../../../src/stack/contract/model.ts';
import { canRun } from '../../support/need.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { connectTo } from '../../support/redis-side.ts';
import { startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';

/** What the connection itself needs. */
const CONNECTING = ['AUTH', 'CLIENT SETINFO', 'QUIT'];

describe.skipIf(!canRun('redis-server'))('inspect of a Redis server', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedisServer('--slowlog-log-slower-than', '0', '--maxmemory', '100mb');
    const redis = connectTo(server.endpoint);
    await redis.connect();
    for (let user = 0; user < 40; user++) await redis.set(`session:user-${user}`, 'x'.repeat(100), 'EX', 100 + user);
    for (let room = 0; room < 3; room++) await redis.hset(`room:{room-${room}}:snapshot`, { a: '1', b: '2' });
    await redis.zadd('sentinel:events', 1, 'one', 2, 'two', 3, 'three');
    for (let entry = 0; entry < 5; entry++) await redis.xadd('events', '*', 'n', String(entry));
    await redis.xgroup('CREATE', 'events', 'ingester', '0');
    await redis.xreadgroup('GROUP', 'ingester', 'one', 'COUNT', 2, 'STREAMS', 'events', '>');
    await redis.call('SELECT', 3);
    await redis.set('\u001b[31mred', '1');
    redis.disconnect();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const read = async (view?: string, { input } = server): Promise<readonly ViewReport[]> => {
    const { services } = await inspect({
      stack: input.stack,
      services: input.stack.services,
      present: new Set(['redis-1']),
      view,
      timeoutMs: 60_000,
      emit: () => undefined,
      signal: new AbortController().signal,
    });
    return services.flatMap(({ views }) => views);
  };
  const rowsOf = async (view: string) => (await read(view))[0]?.rows ?? [];

  test('only reads: the server itself has seen no other command', async () => {
    const redis = connectTo(server.endpoint);
    await redis.connect();
    await redis.config('RESETSTAT');
    expect((await read()).map(({ view, error }) => [view, error])).toEqual(
      ['overview', 'memory', 'persistence', 'replication', 'keys', 'streams', 'slowlog', 'clients'].map((view) => [
        view,
        null,
      ]),
    );
    const info = await redis.info('commandstats');
    redis.disconnect();
    const seen = [...info.matchAll(/^cmdstat_([^:]+):/gm)].map(([, name = '']) => name.replace('|', ' ').toUpperCase());
    const others = seen.filter((name) => !READ_ONLY_COMMANDS.has(name) && !CONNECTING.includes(name));
    expect(seen.length).toBeGreaterThan(10);
    expect(others).toEqual(['CONFIG RESETSTAT']);
  });

  test('refuses anything else before a byte is sent', async () => {
    const target = {
      address: { host: '127.0.0.1', port: server.endpoint.port },
      password: new Secret('redis-pass'),
      timeoutMs: 1000,
    };
    await withReadOnlyRedis(target, async (client) => {
      for (const words of [
        ['FLUSHALL'],
        ['keys', '*'],
        ['CONFIG', 'GET', '*'],
        ['MONITOR'],
        ['CLIENT', 'KILL', 'ID', '1'],
        ['SLOWLOG', 'RESET'],
      ]) {
        const [command = '', ...args] = words;
        await expect(client.call(command, ...args)).rejects.toThrow('is not among the commands that only read');
      }
      expect(await client.call('ZCARD', 'sentinel:events')).toBe(3);
    });
  });

  test('groups keys by prefix, with sizes and lifetimes, over all databases', async () => {
    const [keys] = await read('keys');
    expect(keys?.notes[0]).toBe('all 46 keys');
    expect(keys?.rows).toEqual([
      expect.objectContaining({ prefix: 'session:*', keys: 40, types: 'string', elements: 40, withTtlShare: 1 }),
      expect.objectContaining({
        prefix: 'room:*:snapshot',
        keys: 3,
        types: 'hash',
        elements: 6,
        withTtlShare: 0,
        shortestTtlS: null,
      }),
      expect.objectContaining({ keys: 1, prefix: 'db3 *' }),
      expect.objectContaining({ prefix: 'events', types: 'stream', elements: 5 }),
      expect.objectContaining({ prefix: 'sentinel:events', types: 'zset', elements: 3, largestKey: 'sentinel:events' }),
    ]);
    expect(Number(keys?.rows[0]?.usedBytes)).toBeGreaterThan(40 * 100);
    expect(keys?.rows[0]?.shortestTtlS).toBeLessThanOrEqual(100);
  });

  test('knows memory, streams with their groups, slow commands and connections', async () => {
    expect(await rowsOf('memory')).toMatchObject([
      { instance: 'redis-1', limitBytes: 100 * 1024 * 1024, policy: 'noeviction', evictedKeys: 0 },
    ]);
    expect(await rowsOf('streams')).toMatchObject([
      { stream: 'events', entries: 5, group: 'ingester', consumers: 1, pending: 2 },
    ]);
    expect((await rowsOf('slowlog')).length).toBe(20);
    expect(await rowsOf('clients')).toContainEqual(
      expect.objectContaining({ instance: 'redis-1', command: 'client|list' }),
    );
  });

  test('says that it is a sample when its budget ends', async () => {
    const target = {
      address: { host: '127.0.0.1', port: server.endpoint.port },
      password: new Secret('redis-pass'),
      timeoutMs: 1000,
    };
    const signal = new AbortController().signal;
    await using many = await startRedisServer();
    const redis = connectTo(many.endpoint);
    await redis.connect();
    await redis.eval("for i = 1, 5000 do redis.call('SET', 'key:' .. i, i) end", 0);
    redis.disconnect();
    const found = new Set<string>();
    const part = await withReadOnlyRedis(
      { ...target, address: { ...target.address, port: many.endpoint.port } },
      (client) =>
        scan(client, { budget: { keys: 500, ms: 5000 }, signal }, async (_, keys) => {
          for (const key of keys) found.add(key.toString('latin1'));
        }),
    );
    expect(part).toMatchObject({ total: 5000, isComplete: false, seen: found.size });
    expect(found.size).toBeGreaterThanOrEqual(500);
    expect(found.size).toBeLessThan(1000);
  });

  test('shows names that are no text as redis-cli does, and none of them hides another', async () => {
    await using other = await startRedisServer('--slowlog-log-slower-than', '0');
    const { port, password = '' } = other.endpoint;
    const cli = (words: readonly string[], input = '') =>
      execFileSync('redis-cli', ['--no-raw', '--no-auth-warning', '-a', password, '-p', String(port), ...words], {
        input,
        encoding: 'utf8',
      });
    const keys = [String.raw`"\xac\xed\x00\x05t\x00\x04user"`, String.raw`"\xac\xed\x00\x05t\x00\x05other"`];
    const strange = [...keys, String.raw`"new\nline"`, String.raw`"\x1b[2J"`, String.raw`"\"quoted\""`];
    const stream = String.raw`"\xff\xfeclicks"`;
    const group = String.raw`"group\xff"`;
    const commands = [
      ...strange.map((key) => `SET ${key} v`),
      'SET plain v',
      `XADD ${stream} * n 1`,
      `XGROUP CREATE ${stream} ${group} 0`,
    ];
    cli([], `${commands.join('\n')}\n`);
    // `1) "plain"`
    const scanned = [...cli(['SCAN', '0', 'COUNT', '100']).matchAll(/\d+\) (".*")$/gm)].map(([, name]) => name);
    expect(scanned).toEqual(expect.arrayContaining([...strange, stream]));

    const [view] = await read('keys', other);
    expect(view?.notes[0]).toBe('all 7 keys');
    const shown = view?.rows.map(({ largestKey }) => (largestKey === 'plain' ? '"plain"' : largestKey));
    expect(shown?.toSorted()).toEqual(scanned.filter((name) => name !== '"0"').toSorted());
    expect(await read('streams', other)).toMatchObject([{ error: null, rows: [{ stream, group, entries: 1 }] }]);
    const said = (await read('slowlog', other))[0]?.rows.map(({ command }) => command);
    expect(said).toContain(`SET ${keys[0]} v`);

    // One that may be read, and others that the server refuses to talk about.
    cli(['ACL', 'SETUSER', 'default', 'resetkeys', '~plain']);
    const [part] = await read('keys', other);
    expect(part?.rows).toMatchObject([{ prefix: 'plain', keys: 1 }]);
    expect(part?.notes).toContainEqual(expect.stringMatching(/^6 keys could not be read, e\.g\. ".*": NOPERM /));
    expect(await read('streams', other)).toMatchObject([{ error: null, rows: [] }]);
  });

  test('a server that does not know FLUSHALL keeps its keys, and says why', async () => {
    await using other = await startRedisServer('--rename-command', 'FLUSHALL', '');
    const redis = connectTo(other.endpoint);
    await redis.connect();
    await redis.set('kept', '1');
    await expect(reset.reset(other.input, new AbortController().signal)).rejects.toMatchObject({
      code: 'E_RESET_FAILED',
      message: expect.stringMatching(/^redis-1 refuses FLUSHALL: ERR unknown command/),
    });
    expect(await redis.get('kept')).toBe('1');
    redis.disconnect();
  });

  test('a server that is gone fails its views, each with the reason', async () => {
    await using gone = await startRedisServer();
    await gone.kill();
    const { failed, services } = await inspect({
      stack: gone.input.stack,
      services: gone.input.stack.services,
      present: new Set(['redis-1']),
      view: undefined,
      timeoutMs: 2000,
      emit: () => undefined,
      signal: new AbortController().signal,
    });
    expect(failed).toBe(services[0]?.views.length);
    expect(services[0]?.views[0]).toMatchObject({
      status: 'failed',
      rows: [],
      error: 'redis-1 did not answer: connection refused',
    });
  });
});

test.skipIf(!canRun('redis-server'))('inspect of Sentinels', async () => {
  const cluster = await startSentinelCluster({ downAfterMs: 60_000, minReplicas: 0 });
  try {
    const input = cluster.target as ServiceInput<SentinelOptions>;
    const service = {
      ...input.service,
      kind: { ...input.service.kind, inspector: sentinelInspector },
    } as unknown as Service;
    const rows = async (view: string) => {
      const emit = () => undefined;
      const signal = new AbortController().signal;
      const { services } = await inspect({
        stack: input.stack,
        services: [service],
        present: new Set(['sentinel-1', 'sentinel-2', 'sentinel-3']),
        view,
        timeoutMs: 60_000,
        emit,
        signal,
      });
      return services[0]?.views[0]?.rows ?? [];
    };
    await waitFor('Sentinels that know each other', async () => (await rows('peers')).length === 6);
    await waitFor('replicas that they know', async () => (await rows('replicas')).length === 6);
    const masters = await waitFor('replicas that may be promoted', async () => {
      const found = await rows('masters');
      return found.every(({ problem }) => problem === null) && found;
    });
    expect(masters).toMatchObject(
      [1, 2, 3].map((index) => ({
        sentinel: `sentinel-${index}`,
        group: 'test-master',
        master: 'redis-1',
        quorum: 2,
        replicas: 2,
        otherSentinels: 2,
        problem: null,
      })),
    );
  } finally {
    await cluster.close();
  }
});
