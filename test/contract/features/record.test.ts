/** What comes to real servers is recorded as it came, and nothing is left of the recording. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { traffic as app } from '../../../src/kinds/_shared/http/traffic.ts';
import { traffic as redis } from '../../../src/kinds/_shared/redis/traffic.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { Service, ServiceInput } from '../../../src/stack/contract/model.ts';
import type { ObservedItem, OpenRecorder, RecordCapability } from '../../../src/stack/contract/record.ts';
import type { TrafficCapability } from '../../../src/stack/contract/traffic.ts';
import { BARE_SERVICE } from '../../support/bare-service.ts';
import { canRun } from '../../support/need.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { ask, connectTo } from '../../support/redis-side.ts';
import { PROCESS } from '../../support/runtime-facts.ts';
import { waitFor } from '../../support/wait-for.ts';

function recordOf<Options>({ record }: TrafficCapability<Options>): RecordCapability<Options> {
  if (record === undefined) throw new Error('no record');
  return record;
}

const SETTINGS = { bodyLimit: 1000 };

/** All that it tells, to its end. */
async function told({ items }: OpenRecorder): Promise<readonly ObservedItem[]> {
  const all: ObservedItem[] = [];
  for await (const some of items) all.push(...some);
  return all;
}

describe.skipIf(!canRun('redis-server'))('commands of Redis', () => {
  const clients = async (server: { readonly endpoint: Parameters<typeof ask>[0] }) =>
    String(await ask(server.endpoint, 'CLIENT', 'LIST')).split('flags=O').length - 1;

  test('all that were answered before the end are told, in the words of MONITOR and without our own', async () => {
    await using server = await startRedisServer();
    const recorder = await recordOf(redis).open(server.input, SETTINGS);
    const all = told(recorder);
    const client = connectTo(server.endpoint);
    await client.connect();
    // Replies are short, and what the monitor is told is not: much of it is on its way when the last reply is here.
    const large = 'x'.repeat(30_000);
    const sent = Array.from({ length: 500 }, () => client.call('RPUSH', 'list', large));
    await Promise.all([...sent, client.call('SET', 'last', '"\r\n\\ä')]);
    recorder.finish();
    client.disconnect();
    const lines = (await all).map((item) => (item.type === 'command' ? item.line : ''));
    expect(lines.filter((line) => / "rpush" /i.test(line))).toHaveLength(500);
    expect(lines.at(-1)).toMatch(/^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "(SET|set)" "last" "\\"\\r\\n\\\\\\xc3\\xa4"$/);
    expect(lines.filter((line) => /\] "(auth|monitor|ping)"/i.test(line))).toEqual([]);
    expect(recorder.at).toMatch(/^redis-1 \(127\.0\.0\.1:\d+\)$/);
    await recorder.close();
    await waitFor('no monitor', async () => (await clients(server)) === 0);
  });

  test('a server that goes away is told, behind what it told before', async () => {
    await using server = await startRedisServer();
    const recorder = await recordOf(redis).open(server.input, SETTINGS);
    await ask(server.endpoint, 'SET', 'a', 'b');
    const seen: ObservedItem[] = [];
    const all = (async () => {
      for await (const some of recorder.items) seen.push(...some);
    })();
    await waitFor('the command', () => seen.length > 0);
    await Promise.all([expect(all).rejects.toMatchObject({ code: 'E_NOT_READY' }), server.kill()]);
    await recorder.close();
    await expect(recordOf(redis).open(server.input, SETTINGS)).rejects.toMatchObject({ code: 'E_NOT_READY' });
  });
});

async function served() {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    incoming.on('end', () => outgoing.end(`for ${incoming.url}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const instance = { name: 'api-1', service: 'api', index: 1, ports: [], client, peer: client };
  const inputWith = (options: object): ServiceInput => {
    const service = { ...BARE_SERVICE, name: 'api', instances: [instance], options } as unknown as Service;
    return { stack: { runtime: PROCESS, services: [service] }, service } as unknown as ServiceInput;
  };
  return { inputWith, [Symbol.dispose]: () => void server.close() };
}

test('a service that records nothing itself gets a proxy on loopback for the time of the recording', async () => {
  using server = await served();
  const recorder = await recordOf(app).open(server.inputWith({}), SETTINGS);
  const { host = '', port = 0 } = recorder.sendTo ?? {};
  expect(host).toBe('127.0.0.1');
  const all = told(recorder);
  const url = `http://127.0.0.1:${port}`;
  expect(await (await fetch(`${url}/a?b`, { method: 'POST', body: 'c' })).text()).toBe('for /a?b');
  expect(await (await fetch(`${url}/gateway/recording`)).status).toBe(401);
  recorder.finish();
  expect(await all).toMatchObject([{ type: 'http', target: '/a?b', body: Buffer.from('c'), status: 200 }]);
  expect(recorder.losses).toEqual({ missed: 0, unfinished: 0 });
  await recorder.close();
  await expect(once(connect(port, host), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('where what should record does not, it is told why', async () => {
  using server = await served();
  const recording = { path: '/recording', key: new Secret('a key') };
  await expect(recordOf(app).open(server.inputWith({ recording }), SETTINGS)).rejects.toMatchObject({
    code: 'E_NOT_READY',
    message: 'what answers records no requests',
  });
});
