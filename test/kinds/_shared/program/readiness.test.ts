import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkMs } from '../../../../src/kinds/_shared/program/check-ms.ts';
import { probeReadiness } from '../../../../src/kinds/_shared/program/readiness.ts';
import { type Readiness, readinessOption } from '../../../../src/kinds/_shared/program/readiness-option.ts';
import { refuseReadiness } from '../../../../src/kinds/_shared/program/refuse-readiness.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { Inside } from '../../../../src/stack/contract/inside.ts';
import type { Instance, Stack } from '../../../../src/stack/contract/model.ts';
import { mistakesIn } from '../../../../src/stack/source/zod-problems.ts';
import { freePorts } from '../../../support/free-ports.ts';

const closings: (() => void)[] = [];
afterEach(() => {
  for (const close of closings.splice(0)) close();
});

const WELL: Inside = {
  run: async () => ({ code: 0, lastLine: '' }),
  logged: async () => 'yes',
  frozen: async () => undefined,
  ranMs: () => 1000,
};

const stack = { values: [{ name: 'password', value: new Secret('s3cret-word') }] } as unknown as Stack;

test('what nobody can ask is ready once it has run for a second', async () => {
  expect(await reasons('none', [], { ranMs: () => 999 })).toEqual(['has run for less than 1000 ms']);
  expect(await reasons('none', [], { ranMs: () => 1000 })).toEqual([]);
  expect(await reasons('none', [], { ranMs: () => undefined })).toEqual([]);
});

function instanceAt(...ports: readonly number[]): Instance {
  return {
    name: 'it-1',
    service: 'it',
    index: 1,
    ports: ports.map((port, index) => ({ name: `p${index}`, inside: port, host: port })),
    peer: { host: '127.0.0.1', port: ports[0] ?? 0 },
    client: { host: '127.0.0.1', port: ports[0] ?? 0 },
  };
}

async function reasons(given: unknown, ports: readonly number[], inside: Partial<Inside> | undefined = {}) {
  const readiness: Readiness = readinessOption.parse(given);
  const signal = new AbortController().signal;
  const own = inside && { ...WELL, ...inside };
  return (await probeReadiness({ stack, instance: instanceAt(...ports) }, readiness, signal, own)).reasons;
}

async function listen(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    answer(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closings.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function answering(status: number, body = ''): Promise<number> {
  const server = createHttpServer((request, response) => {
    response.statusCode = request.url === '/health' ? status : 404;
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closings.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('http: the status of the path counts, of the port that is named', async () => {
  const other = await freePorts(1);
  const port = await answering(204);
  const wanted = { http: { port: 'p1', path: '/health', status: [200, 204] } };
  expect(await reasons(wanted, [other, port])).toEqual([]);
  expect(await reasons({ http: { path: '/health' } }, [port])).toEqual(['GET /health answered 204']);
  expect(await reasons({ http: {} }, [port])).toEqual(['GET / answered 404']);
  expect(await reasons({ http: {} }, [other, port])).toEqual(['no answer: connection refused']);
});

test.each([
  ['{"error":"schema version 7 wanted, is 6"}', ': schema version 7 wanted, is 6'],
  ['{"error":{"code":3,"message":"no index"}}', ': no index'],
  ['{"error":"Service Unavailable","message":"no queue"}', ': Service Unavailable: no queue'],
  ['{"type":"about:blank","title":"Down","status":503,"detail":"disk is full"}', ': disk is full'],
  ['{"status":"starting","uptime":1.5}', ': starting'],
  ['{"uptime":1.5}', ''],
  ['[1]', ''],
  ['\nwarming up\nof 9 caches', ': warming up'],
  ['<html><h1>Oh no</h1></html>', ''],
  ['{"message":"bad \\u001b[2J login with s3cret-word"}', ': bad \\x1b[2J login with [redacted]'],
  [`${'x'.repeat(195)}s3cret-word`, `: ${'x'.repeat(195)}[reda`],
  ['\u0007'.repeat(300), `: ${'\\x07'.repeat(50)}`],
])('http: what the body of an answer says is told: %j', async (body, told) => {
  const port = await answering(503, body);
  expect(await reasons({ http: { path: '/health' } }, [port])).toEqual([`GET /health answered 503${told}`]);
});

test('tcp: who says something or keeps the connection is there, who ends it at once is not', async () => {
  const closed = await freePorts(1);
  const silent = await listen(() => undefined);
  const greeting = await listen((socket) => socket.end('220 hello\r\n'));
  const proxy = await listen((socket) => socket.destroy());
  const ending = await listen((socket) => socket.end());
  expect(await reasons({ tcp: {} }, [silent])).toEqual([]);
  expect(await reasons({ tcp: {} }, [greeting])).toEqual([]);
  expect(await reasons({ tcp: {} }, [proxy])).toEqual([expect.stringMatching(/^no connection: /)]);
  expect(await reasons({ tcp: {} }, [ending])).toEqual(['no connection: the connection is ended at once']);
  expect(await reasons({ tcp: { port: 'p1' } }, [silent, closed])).toEqual(['no connection: connection refused']);
});

test('exec: ends with 0, or its last line is the reason', async () => {
  const asked: (readonly string[])[] = [];
  const run: Inside['run'] = async (argv) => {
    asked.push(argv);
    return { code: 3, lastLine: 'not yet' };
  };
  expect(await reasons({ exec: ['ask', '-x'] }, [])).toEqual([]);
  expect(await reasons({ exec: ['ask', '-x'] }, [], { run })).toEqual(['ask -x ended with 3: not yet']);
  expect(asked).toEqual([['ask', '-x']]);
  expect(
    await reasons({ exec: ['ask'] }, [], { run: () => Promise.reject(new Error('no program named ask')) }),
  ).toEqual(['no program named ask']);
});

test('exec and log take as long as their stack gives them, others as long as every probe', async () => {
  const asked: AbortSignal[] = [];
  const run: Inside['run'] = async (argv, signal) => {
    asked.push(signal);
    signal.throwIfAborted();
    if (argv[0] === 'slow') await once(signal, 'abort');
    throw signal.reason;
  };
  expect(await reasons({ exec: ['slow'], timeoutS: 1 }, [], { run })).toEqual([
    'slow did not end within 1000 ms (`timeoutS` beside `exec` gives it longer)',
  ]);
  expect(checkMs(readinessOption.parse({ exec: ['slow'], timeoutS: 7 }))).toBe(7500);
  expect(checkMs(readinessOption.parse({ log: 'x', timeoutS: 1 }))).toBe(1500);
  expect(checkMs(readinessOption.parse({ exec: ['slow'] }))).toBeUndefined();
  expect(checkMs(undefined)).toBeUndefined();
});

test('who is frozen is named before a slow check ends', async () => {
  const run: Inside['run'] = async (_argv, signal) => {
    await once(signal, 'abort');
    throw signal.reason;
  };
  const frozen = async () => 'pid 7 (node)';
  expect(await reasons({ exec: ['slow'], timeoutS: 60 }, [], { run, frozen })).toEqual([
    'is frozen: a signal has stopped pid 7 (node)',
  ]);
});

test('log: a line of this start; once it is rotated away it counts as written', async () => {
  expect(await reasons({ log: '^up' }, [])).toEqual([]);
  expect(await reasons({ log: '^up' }, [], { logged: async () => 'cut off' })).toEqual([]);
  expect(await reasons({ log: '^up' }, [], { logged: async () => 'no' })).toEqual([
    'has not logged a line that matches ^up',
  ]);
});

test('a process that a signal has stopped is not ready, whatever the check says', async () => {
  const frozen = async () => 'pid 7 (node)';
  const port = await listen(() => undefined);
  const said = ['is frozen: a signal has stopped pid 7 (node)'];
  for (const check of ['none', { tcp: {} }, { log: 'up' }, { exec: ['true'] }]) {
    expect(await reasons(check, [port], { frozen })).toEqual(said);
  }
});

test.each([
  ['nothing', 'must be a map of keys, not text'],
  [{}, 'must be none, or a map with one of http, tcp, exec and log'],
  [{ tcp: {}, log: 'x' }, 'must be none, or a map with one of http, tcp, exec and log'],
  [{ log: '(' }, 'must be a regular expression'],
  [{ tcp: {}, timeoutS: 5 }, 'is for exec and log: others are asked for 1.5 s'],
  [{ timeoutS: 5 }, 'must be none, or a map with one of http, tcp, exec and log'],
  [{ exec: ['x'], timeoutS: 61 }, 'must be at most 60'],
  [{ exec: [] }, 'must have at least 1 entry'],
  [{ http: { path: 'x' } }, 'must be a path that begins with /'],
  [{ http: { status: 99 } }, 'must be at least 100'],
  [{ tcp: { prt: 'x' } }, 'unknown key (known: port)'],
])('%j is refused', (given, message) => {
  expect(mistakesIn(readinessOption, given).map((mistake) => mistake.message)).toEqual([message]);
});

test('a port is asked that the service has', () => {
  const refused = (given: unknown, ports: readonly string[]) =>
    refuseReadiness(given === undefined ? undefined : readinessOption.parse(given), ports).map(({ text }) => text);
  expect(refused({ tcp: { port: 'amqp' } }, ['amqp', 'ui'])).toEqual([]);
  expect(refused({ http: { port: 'uo' } }, ['amqp', 'ui'])).toEqual([
    'asks the port uo, which the service does not have (known: amqp, ui)',
  ]);
  expect(refused({ tcp: {} }, [])).toEqual(['asks a port, and the service has none: use exec, log or none']);
  expect(refused({ log: 'x' }, [])).toEqual([]);
  expect(refused(undefined, [])).toEqual([]);
});
