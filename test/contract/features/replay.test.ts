/** Recorded requests, sent again to real servers: what they hold afterwards is what was recorded. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { traffic as app } from '../../../src/kinds/_shared/http/traffic.ts';
import { traffic as redis } from '../../../src/kinds/_shared/redis/traffic.ts';
import type { Service, ServiceInput } from '../../../src/stack/contract/model.ts';
import type { RecordedCommand, RecordedHttp } from '../../../src/stack/contract/recorded-request.ts';
import type { ReplayCapability, TrafficCapability } from '../../../src/stack/contract/traffic.ts';
import { BARE_SERVICE } from '../../support/bare-service.ts';
import { canRun } from '../../support/need.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { PROCESS } from '../../support/runtime-facts.ts';
import { waitFor } from '../../support/wait-for.ts';

function replayOf<Options>({ replay }: TrafficCapability<Options>): ReplayCapability<Options> {
  if (replay === undefined) throw new Error('no replay');
  return replay;
}

const command = (args: RecordedCommand['args'], db = 0): RecordedCommand => ({ type: 'command', db, args });

describe.skipIf(!canRun('redis-server'))('commands of Redis', () => {
  test('arrive in their order and to the byte, in the database they were recorded in', async () => {
    await using server = await startRedisServer();
    const sink = await replayOf(redis).open(server.input);
    const bytes = Buffer.from([...Array(256).keys()]);
    const sent = [
      ...Array.from({ length: 500 }, (_, index) => command(['RPUSH', 'list', String(index)])),
      command(['SET', 'text', 'ä\r\n"€']),
      command(['SET', bytes, bytes]),
      command(['SET', 'other', 'x'], 3),
    ];
    const outcomes = await Promise.all(sent.map((one) => sink.send(one)));
    expect(new Set(outcomes.map(({ type }) => type))).toEqual(new Set(['acked']));
    expect(await ask(server.endpoint, 'LRANGE', 'list', '0', '-1')).toEqual([...Array(500).keys()].map(String));
    expect(await ask(server.endpoint, 'GET', 'text')).toBe('ä\r\n"€');
    expect(await ask(server.endpoint, 'STRLEN', 'text')).toBe(Buffer.byteLength('ä\r\n"€'));
    const script =
      'local bytes = "" for i = 0, 255 do bytes = bytes .. string.char(i) end return redis.call("GET", bytes) == bytes';
    expect(await ask(server.endpoint, 'EVAL', script, '0')).toBe(1);
    expect(await ask(server.endpoint, 'EXISTS', 'other')).toBe(0);
    expect(await ask(server.endpoint, 'INFO', 'keyspace')).toMatch(/db3:keys=1/);
    await sink.close();
  });

  test('that the server refuses, and a database that it does not have, are told by its words', async () => {
    await using server = await startRedisServer();
    const sink = await replayOf(redis).open(server.input);
    expect(await sink.send(command(['SET', 'a', 'b']))).toEqual({ type: 'acked' });
    expect(await sink.send(command(['LPUSH', 'a', 'b']))).toEqual({ type: 'rejected', reason: 'WRONGTYPE' });
    expect(await sink.send(command(['NOSUCH']))).toMatchObject({
      type: 'rejected',
      reason: expect.stringMatching(/^ERR unknown command/),
    });
    expect(await sink.send(command(['GET', 'a'], 99))).toMatchObject({ type: 'rejected' });
    expect(await sink.send({ type: 'event', body: {} })).toMatchObject({ type: 'rejected' });
    await sink.close();
  });

  test('a server that ends is told apart from one that answers', async () => {
    await using server = await startRedisServer();
    const sink = await replayOf(redis).open(server.input);
    await sink.send(command(['SET', 'a', 'b']));
    server.freeze();
    const pending = sink.send(command(['SET', 'a', 'c']));
    await server.kill();
    expect(await pending).toMatchObject({ type: 'unknown' });
    expect(
      await waitFor('a refusal', async () => {
        const outcome = await sink.send(command(['SET', 'a', 'd']));
        return outcome.type === 'rejected' && outcome;
      }),
    ).toMatchObject({ unreachable: true });
    await sink.close();
    await expect(replayOf(redis).open(server.input)).rejects.toThrow('redis has 0 masters');
  });
});

test('requests of HTTP arrive as they were recorded, at the service of the stack', async () => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push([method, url, headers['x-a'], headers.host, Buffer.concat(parts).toString('hex')]);
      const status = url?.startsWith('/nowhere') ? 404 : url === '/gone' ? 410 : 200;
      response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = { host: '127.0.0.1', port };
  const instance = { name: 'api-1', service: 'api', index: 1, ports: [], client, peer: client };
  const service = { ...BARE_SERVICE, name: 'api', instances: [instance], options: {} } as unknown as Service;
  const sink = await replayOf(app).open({
    stack: { runtime: PROCESS, services: [service] },
    service,
  } as unknown as ServiceInput);
  const request = (change: Partial<RecordedHttp>): RecordedHttp => ({
    ...{ type: 'http', method: 'GET', host: 'recorded.example:443', path: '/', headers: [], body: undefined },
    ...change,
  });
  expect(
    await sink.send(
      request({
        path: '/a?b=c%20d',
        headers: [
          ['X-A', '1'],
          ['x-a', '2'],
        ],
      }),
    ),
  ).toEqual({ type: 'acked' });
  expect(await sink.send(request({ method: 'PATCH', path: '/b', body: Buffer.from([0, 255, 128]) }))).toEqual({
    type: 'acked',
  });
  expect(await sink.send(request({ path: '/gone' }))).toMatchObject({ type: 'rejected', reason: 'HTTP 410' });
  const nowhere = await sink.send(request({ path: '/nowhere?token=s3cret' }));
  expect(nowhere).toMatchObject({ type: 'rejected', reason: 'HTTP 404 for GET /nowhere' });
  await sink.close();
  server.close();
  await once(server, 'close');
  expect(await sink.send(request({}))).toMatchObject({ type: 'rejected', unreachable: true });
  expect(seen).toEqual([
    ['GET', '/a?b=c%20d', '1, 2', `127.0.0.1:${port}`, ''],
    ['PATCH', '/b', undefined, `127.0.0.1:${port}`, '00ff80'],
    ['GET', '/gone', undefined, `127.0.0.1:${port}`, ''],
    ['GET', '/nowhere?token=s3cret', undefined, `127.0.0.1:${port}`, ''],
  ]);
});
