import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Endpoint, openEndpoint } from '../../../../packages/service-kit/src/http/endpoint.ts';

const servers: (Server | TcpServer)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
});

async function listening(server: Server | TcpServer): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/b?c=d`;
}

const served = async (listener: RequestListener): Promise<Endpoint> =>
  openEndpoint(await listening(createServer(listener)));

/** A server that answers every connection with these bytes and closes it. */
const raw = async (answer: string): Promise<Endpoint> =>
  openEndpoint(await listening(createTcpServer((socket) => void socket.on('error', () => undefined).end(answer))));

async function textOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('request and answer arrive as they are, and one connection serves them all', async () => {
  const connections = new Set<unknown>();
  const endpoint = await served(async (incoming, outgoing) => {
    connections.add(incoming.socket);
    const { method, url, headers } = incoming;
    const seen = { method, url, type: headers['content-type'], body: await textOf(incoming) };
    outgoing.writeHead(201).end(JSON.stringify(seen));
  });
  const headers = { 'Content-Type': 'text/plain' };
  for (const body of ['', 'grün', 'x'.repeat(300_000)]) {
    const { status, text } = await endpoint.ask({ method: 'POST', headers, body, timeoutMs: 5000 });
    expect(status).toBe(201);
    expect(JSON.parse(text)).toEqual({ method: 'POST', url: '/a/b?c=d', type: 'text/plain', body });
  }
  expect(JSON.parse((await endpoint.ask({ method: 'GET', timeoutMs: 5000 })).text)).toMatchObject({ method: 'GET' });
  expect(connections.size).toBe(1);
});

test('requests at the same time have each its own answer', async () => {
  const endpoint = await served(async (incoming, outgoing) => {
    const text = await textOf(incoming);
    // The first ones last.
    setTimeout(() => outgoing.end(text), 20 - Number(text));
  });
  const numbers = Array.from({ length: 20 }, (_, at) => String(at));
  const answers = await Promise.all(numbers.map((body) => endpoint.ask({ method: 'POST', body, timeoutMs: 5000 })));
  expect(answers.map(({ text }) => text)).toEqual(numbers);
});

test('a connection that the server closes serves nobody any more', async () => {
  const endpoint = await served((_, outgoing) => void outgoing.setHeader('Connection', 'close').end('fine'));
  for (let index = 0; index < 5; index += 1)
    expect((await endpoint.ask({ method: 'POST', body: 'x', timeoutMs: 5000 })).text).toBe('fine');
});

test('an answer without a length ends with its connection, one that is cut short is none', async () => {
  expect(await (await raw('HTTP/1.1 200 OK\r\n\r\nall')).ask({ method: 'GET', timeoutMs: 5000 })).toEqual({
    status: 200,
    text: 'all',
  });
  const cut = await raw('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nall');
  await expect(cut.ask({ method: 'GET', timeoutMs: 5000 })).rejects.toThrow('the connection was closed');
  const none = await raw('SSH-2.0-x\r\n\r\n');
  await expect(none.ask({ method: 'GET', timeoutMs: 5000 })).rejects.toThrow('not HTTP/1.1');
});

test('nobody there: the code of the network', async () => {
  const server = createServer();
  const url = await listening(server);
  server.close();
  await once(server, 'close');
  await expect(openEndpoint(url).ask({ method: 'GET', timeoutMs: 5000 })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

test('no answer in time, and one that nobody waits for any more: the server sees its connection closed', async () => {
  const closed: Promise<unknown>[] = [];
  const endpoint = await served((incoming, outgoing) => {
    closed.push(once(outgoing, 'close'));
    incoming.resume();
  });
  await expect(endpoint.ask({ method: 'POST', body: 'x', timeoutMs: 30 })).rejects.toMatchObject({
    name: 'NoAnswerInTime',
    message: 'no answer within 30 ms',
  });
  const stop = new AbortController();
  // On a busy machine the first one was given up before it was there.
  const before = closed.length;
  const asked = endpoint.ask({ method: 'POST', body: 'x', timeoutMs: 60_000, signal: stop.signal });
  await expect.poll(() => closed.length).toBe(before + 1);
  stop.abort(new Error('given up'));
  await expect(asked).rejects.toThrow('given up');
  await Promise.all(closed);
  await expect(endpoint.ask({ method: 'GET', timeoutMs: 60_000, signal: stop.signal })).rejects.toThrow('given up');
});

test('a header is one line, and an address one of HTTP', async () => {
  const endpoint = await served((_, outgoing) => void outgoing.end());
  const headers = { 'X-Name': 'a\r\nX-Other: b' };
  await expect(endpoint.ask({ method: 'GET', headers, timeoutMs: 5000 })).rejects.toThrow(TypeError);
  expect(() => openEndpoint('redis://127.0.0.1')).toThrow('not a URL of http or https');
});
