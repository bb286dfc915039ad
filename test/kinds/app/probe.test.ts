import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type AppOptions, appOptions } from '../../../src/kinds/app/options.ts';
import { probe } from '../../../src/kinds/app/probe.ts';
import { probeOf } from '../../../src/kinds/app/readiness.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { Inside } from '../../../src/stack/contract/inside.ts';
import type { Instance, InstanceInput, Service, Stack } from '../../../src/stack/contract/model.ts';

const stack = { values: [{ value: new Secret('s3cret-word') }] } as unknown as Stack;
const answer = (status: number, body: unknown) =>
  probeOf('/ready', { status, text: typeof body === 'string' ? body : JSON.stringify(body), latencyMs: 3 }, stack);
const pass = { name: 'cache', status: 'pass' };
const fail = { name: 'redis-connection', status: 'fail', output: 'connection refused' };

test('ready, degraded, not ready: the checks that fail are the reasons', () => {
  const ready = { status: 'ready', checks: [pass] };
  expect(answer(200, ready)).toEqual({ role: undefined, reasons: [], facts: { status: 'ready', latencyMs: 3 } });
  expect(answer(200, { status: 'degraded', checks: [pass, fail] })).toMatchObject({
    reasons: [],
    degraded: ['redis-connection: connection refused'],
  });
  const notReady = { status: 'not ready', checks: [fail, { name: 'disk', status: 'fail' }] };
  expect(answer(503, notReady)).toMatchObject({
    reasons: ['redis-connection: connection refused', 'disk fails'],
    facts: { status: 'not ready' },
  });
});

test('an answer in another shape counts by its status', () => {
  expect(answer(200, 'OK')).toEqual({ role: undefined, reasons: [], facts: { status: '200', latencyMs: 3 } });
  expect(answer(200, { checks: 'none' }).reasons).toEqual([]);
  expect(answer(404, '<html>').reasons).toEqual(['GET /ready answered 404']);
  expect(answer(503, { status: 'not ready', checks: [pass] }).reasons).toEqual(['GET /ready answered 503: not ready']);
});

test('what a body says that names no check is told, without secrets', () => {
  expect(answer(503, { error: 'schema version 7 wanted, is 6' }).reasons).toEqual([
    'GET /ready answered 503: schema version 7 wanted, is 6',
  ]);
  expect(answer(500, 'no login with s3cret-word').reasons).toEqual([
    'GET /ready answered 500: no login with [redacted]',
  ]);
  const leaky = { ...fail, output: 'redis://:s3cret-word@db\u001b[2J' };
  expect(answer(503, { checks: [leaky] }).reasons).toEqual(['redis-connection: redis://:[redacted]@db\\x1b[2J']);
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function probed(listener: RequestListener | undefined) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  servers.push(server);
  if (listener === undefined) {
    server.close();
    await once(server, 'close');
  }
  const input = {
    stack,
    service: { options: appOptions.parse({ readyPath: '/up' }) },
    instance: { client: { host: '127.0.0.1', port } },
  } as unknown as InstanceInput<AppOptions>;
  return probe(input, AbortSignal.timeout(300));
}

test('a real answer, nobody there, and one that hangs', async () => {
  const ready = await probed((incoming, outgoing) => outgoing.writeHead(incoming.url === '/up' ? 200 : 404).end('{}'));
  expect(ready).toMatchObject({ reasons: [], facts: { status: '200', latencyMs: expect.any(Number) } });
  expect((await probed(undefined)).reasons).toEqual(['no answer: connection refused']);
  expect((await probed(() => undefined)).reasons).toEqual([expect.stringMatching(/^no answer: /)]);
});

test('with `readiness` of its own that is asked, and not the readiness path', async () => {
  const service = { options: appOptions.parse({ readiness: { log: '^up' } }) } as Service<AppOptions>;
  const instance = { client: { host: '127.0.0.1', port: 1 }, ports: [] } as unknown as Instance;
  const logged = async () => 'no' as const;
  const inside: Inside = {
    logged,
    frozen: async () => undefined,
    ranMs: () => undefined,
    run: async () => ({ code: 0, lastLine: '' }),
  };
  const { reasons } = await probe({ service, instance, stack: {} as Stack }, new AbortController().signal, inside);
  expect(reasons).toEqual(['has not logged a line that matches ^up']);
});
