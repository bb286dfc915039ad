import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createProxy } from '../../../../packages/service-kit/src/gateway/proxy.ts';
import type {
  RecordedEntry,
  RecordingLine,
} from '../../../../packages/service-kit/src/gateway/recording/recorded-entry.ts';
import { createRecorder, RECORDING_PATH } from '../../../../packages/service-kit/src/gateway/recording/recorder.ts';
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
async function recording(upstream: Listener, maxBodyBytes = 10_000_000, mostWaiting = 10_000_000) {
  const behind = mergeUpstreams([], [{ name: 'up', host: '127.0.0.1', port: await served(upstream) }], true);
  const recorder = createRecorder(KEY, { room: 10_000_000, mostWaiting });
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

test('what is not read holds up nobody: it is left out, and counted', async () => {
  const swallow: Listener = (incoming, outgoing) => {
    incoming.resume();
    incoming.on('end', () => outgoing.end());
  };
  const { url, port } = await recording(swallow, 10_000_000, 100_000);
  const socket = connect(port, '127.0.0.1');
  const asked = `GET ${RECORDING_PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${KEY}\r\n\r\n`;
  socket.write(asked);
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await waitFor('the beginning', () => text.includes('"begin"'));
  const [, id = ''] = /"id":"(\w+)"/.exec(text) ?? [];
  socket.pause();
  const body = Buffer.alloc(900_000, 'x');
  for (let index = 0; index < 20; index += 1) expect((await fetch(url, { method: 'POST', body })).status).toBe(200);
  await fetch(`${url}${RECORDING_PATH}/${id}`, { method: 'DELETE', headers: authorization });
  socket.resume();
  await waitFor('the end', () => text.includes('"type":"end"'));
  const recorded = text.split('"type":"request"').length - 1;
  const [, missed] = /"missed":(\d+)/.exec(text) ?? [];
  expect(Number(missed)).toBeGreaterThan(0);
  expect(recorded + Number(missed)).toBe(20);
  socket.destroy();
});
