import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Writable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { createProxy } from '../../../../packages/service-kit/src/gateway/proxy.ts';
import type {
  RecordedEntry,
  RecordingLine,
} from '../../../../packages/service-kit/src/gateway/recording/recorded-entry.ts';
import { createRecorder, RECORDING_PATH } from '../../../../packages/service-kit/src/gateway/recording/recorder.ts';
import { startRecording } from '../../../../packages/service-kit/src/gateway/recording/recording.ts';
import { mergeUpstreams } from '../../../../packages/service-kit/src/gateway/upstreams.ts';
import { createLog } from '../../../../packages/service-kit/src/log.ts';
import { waitFor } from '../../../support/wait-for.ts';

const KEY = 'a key';
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

async function served(listener: Listener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A gateway that records, in front of one upstream. */
async function recording(upstream: Listener, maxBodyBytes = 10_000_000, room = 10_000_000) {
  const behind = mergeUpstreams([], [{ name: 'up', host: '127.0.0.1', port: await served(upstream) }], true);
  const recorder = createRecorder(KEY, { room, mostWaiting: 10_000_000 });
  const log = createLog({ level: 'error', write: () => undefined });
  const limits = { connectTimeoutMs: 500, idleTimeoutMs: 5000, maxBodyBytes };
  const proxy = createProxy({ upstreams: () => behind, log, ...limits });
  const port = await served((incoming, outgoing) => {
    if (recorder.answer(incoming, outgoing)) return;
    recorder.observe({ incoming, outgoing });
    proxy(incoming, outgoing);
  });
  return { recorder, port, url: `http://127.0.0.1:${port}` };
}

const authorization = { authorization: `Bearer ${KEY}` };

/** Begins a recording; `lines` are what it has told. */
async function record(url: string, bodyLimit = 1_000_000) {
  const gone = new AbortController();
  const answer = await fetch(`${url}${RECORDING_PATH}?bodyLimit=${bodyLimit}`, {
    headers: authorization,
    signal: gone.signal,
  });
  const lines: RecordingLine[] = [];
  const isOver = (async () => {
    let rest = '';
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const whole = (rest + part).split('\n');
      rest = whole.pop() ?? '';
      lines.push(...whole.map((line) => JSON.parse(line) as RecordingLine));
    }
  })().catch(() => undefined);
  await waitFor('the beginning', () => lines[0]?.type === 'begin');
  const id = lines[0]?.type === 'begin' ? lines[0].id : '';
  const finish = async (): Promise<number> =>
    (await fetch(`${url}${RECORDING_PATH}/${id}`, { method: 'DELETE', headers: authorization })).status;
  const entries = (): readonly RecordedEntry[] => lines.filter((line) => line.type === 'request');
  return { lines, entries, isOver, finish, leave: () => gone.abort() };
}

const echo: Listener = (incoming, outgoing) => {
  const parts: Buffer[] = [];
  incoming.on('data', (part: Buffer) => parts.push(part));
  incoming.on('end', () => outgoing.writeHead(201).end(Buffer.concat(parts)));
};

test('requests are told to the byte, in their order, and get the answer that they would have got', async () => {
  const { url } = await recording(echo);
  const { lines, entries, isOver, finish } = await record(url);
  const bytes = randomBytes(300_000);
  const before = Date.now();
  const posted = await fetch(`${url}/a?b=c%20d`, { method: 'POST', body: bytes, headers: { 'X-A': '1' } });
  expect(Buffer.from(await posted.arrayBuffer()).equals(bytes)).toBe(true);
  const chunked = request(`${url}/chunked`, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } });
  chunked.write('one, ');
  chunked.end('two');
  await once(chunked, 'response').then(([answer]) => (answer as IncomingMessage).resume());
  await (await fetch(`${url}/none`)).text();
  expect(await finish()).toBe(204);
  await isOver;
  expect(entries()).toMatchObject([
    { sequence: 0, method: 'POST', target: '/a?b=c%20d', bodyBytes: 300_000, status: 201 },
    { sequence: 1, method: 'PUT', target: '/chunked', bodyBytes: 8, body: Buffer.from('one, two').toString('base64') },
    { sequence: 2, method: 'GET', target: '/none', bodyBytes: 0, body: '' },
  ]);
  const [first] = entries();
  expect(Buffer.from(first?.body ?? '', 'base64').equals(bytes)).toBe(true);
  expect(first?.headers.join('\n')).toContain('X-A\n1');
  expect(first?.atMs).toBeGreaterThan(before - 100);
  expect(first?.tookMs).toBeGreaterThan(0);
  expect(lines.at(-1)).toEqual({ type: 'end', missed: 0, unfinished: 0 });
});

test('without the key nobody records, and without a key nobody can', async () => {
  const { url } = await recording(echo);
  for (const headers of [{}, { authorization: 'Bearer a kez' }, { authorization: KEY }])
    expect((await fetch(`${url}${RECORDING_PATH}`, { headers })).status).toBe(401);
  const other = await fetch(`${url}${RECORDING_PATH}/1234`, { method: 'DELETE', headers: authorization });
  expect(other.status).toBe(404);
  const none = createRecorder('');
  const asked = { url: RECORDING_PATH, headers: { authorization: 'Bearer ' } } as IncomingMessage;
  expect(none.answer(asked, {} as ServerResponse)).toBe(false);
});

test('a body that is too large, cut off or not read is noted as not recorded, and passes all the same', async () => {
  const { url, port } = await recording(echo, 5000);
  const { entries } = await record(url, 1000);
  const large = await fetch(url, { method: 'POST', body: 'x'.repeat(1001) });
  expect(await large.text()).toHaveLength(1001);
  const fits = await fetch(url, { method: 'POST', body: 'x'.repeat(1000) });
  expect(await fits.text()).toHaveLength(1000);
  expect((await fetch(url, { method: 'POST', body: 'x'.repeat(6000) })).status).toBe(413);
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nten bytes.');
  await waitFor('the request', async () => {
    socket.destroySoon();
    return entries().length === 4;
  });
  expect(entries()).toMatchObject([
    { body: null, bodyBytes: 1001, status: 201 },
    { body: Buffer.from('x'.repeat(1000)).toString('base64'), status: 201 },
    { body: null, bodyBytes: 6000, status: 413 },
    { body: null, bodyBytes: 100, status: null },
  ]);
});

test('the end waits for requests that have come, and takes no new ones', async () => {
  const waiting: ServerResponse[] = [];
  const { url } = await recording((incoming, outgoing) => {
    incoming.resume();
    if (incoming.url === '/slow') waiting.push(outgoing);
    else outgoing.end();
  });
  const { lines, entries, isOver, finish } = await record(url);
  const slow = fetch(`${url}/slow`);
  await waitFor('the slow one', () => waiting.length === 1);
  expect(await finish()).toBe(204);
  await fetch(`${url}/late`);
  waiting[0]?.end();
  await (await slow).text();
  await isOver;
  expect(entries().map(({ target }) => target)).toEqual(['/slow']);
  expect(lines.at(-1)).toEqual({ type: 'end', missed: 0, unfinished: 0 });
});

test('one who records and goes leaves nothing: as many may record as before', async () => {
  const { url } = await recording(echo);
  const all = await Promise.all([0, 1, 2, 3].map(() => record(url)));
  const again = () => fetch(`${url}${RECORDING_PATH}`, { headers: authorization });
  expect((await again()).status).toBe(429);
  await fetch(url);
  await waitFor('the request in each', () => all.every(({ entries }) => entries().length === 1));
  for (const { leave } of all) leave();
  await waitFor('room', async () => (await again()).status === 200);
});

test('the end of the program ends the recordings with their last line', async () => {
  const { url, recorder } = await recording(echo);
  const { lines, isOver } = await record(url);
  await recorder.stop();
  await isOver;
  expect(lines.at(-1)).toEqual({ type: 'end', missed: 0, unfinished: 0 });
});

test('what is not read holds up nobody: it is left out, and counted', () => {
  const lines: RecordingLine[] = [];
  // A connection that never takes anything.
  const to = new Writable({ write: () => undefined, decodeStrings: false }) as unknown as ServerResponse;
  const write = to.write.bind(to);
  to.write = (text: string) => {
    lines.push(JSON.parse(text) as RecordingLine);
    return write(text);
  };
  const limits = { bodyLimit: 1000, room: { free: 1000 }, mostWaiting: 10_000 };
  const recording = startRecording({ to, ...limits, ended: () => undefined });
  for (let index = 0; index < 100; index += 1) {
    const message = { method: 'GET', url: '/', headers: {}, rawHeaders: ['X-A', 'x'.repeat(500)] };
    const incoming = Object.assign(new EventEmitter(), message) as unknown as IncomingMessage;
    const outgoing = Object.assign(new EventEmitter(), { headersSent: true, statusCode: 200 }) as ServerResponse;
    recording.observe({ incoming, outgoing });
    outgoing.emit('close');
  }
  recording.finish();
  const told = lines.filter(({ type }) => type === 'request').length;
  expect(told).toBeGreaterThan(5);
  expect(told).toBeLessThan(20);
  expect(lines.at(-1)).toEqual({ type: 'end', missed: 100 - told, unfinished: 0 });
});

test('bodies that wait for their answers have room together: those that find none are not recorded', async () => {
  const waiting: ServerResponse[] = [];
  const { url } = await recording(
    (incoming, outgoing) => {
      incoming.resume();
      incoming.on('end', () => void waiting.push(outgoing));
    },
    10_000_000,
    1500,
  );
  const { entries } = await record(url);
  const post = () => fetch(url, { method: 'POST', body: 'x'.repeat(1000) }).then((answer) => answer.text());
  const both = [post(), post()];
  await waitFor('both', () => waiting.length === 2);
  for (const outgoing of waiting.splice(0)) outgoing.end();
  await Promise.all(both);
  const third = post();
  await waitFor('the third', () => waiting.length === 1);
  waiting[0]?.end();
  await third;
  await waitFor('all', () => entries().length === 3);
  expect(
    entries()
      .map(({ body }) => body === null)
      .toSorted(),
  ).toEqual([false, false, true]);
  expect(entries().find(({ sequence }) => sequence === 2)?.body).not.toBeNull();
});
