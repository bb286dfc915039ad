import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { createProxy } from '../../../../packages/service-kit/src/gateway/proxy.ts';
import { mergeUpstreams, type Upstream } from '../../../../packages/service-kit/src/gateway/upstreams.ts';
import { createLog } from '../../../../packages/service-kit/src/log.ts';

const servers: Server[] = [];
const tcpServers: TcpServer[] = [];
afterEach(async () => {
  for (const server of tcpServers.splice(0)) server.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function served(listener: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const port = await served(() => undefined);
  const server = servers.pop();
  server?.close();
  await once(server as Server, 'close');
  return port;
}

async function gateway(ports: readonly number[], more: object = {}) {
  const upstreams: readonly Upstream[] = mergeUpstreams(
    [],
    ports.map((port, index) => ({ name: `up-${index}`, host: '127.0.0.1', port })),
    true,
  );
  const proxy = createProxy({
    upstreams: () => upstreams,
    connectTimeoutMs: 500,
    idleTimeoutMs: 200,
    maxBodyBytes: 1_000_000,
    log: createLog({ level: 'error', write: () => undefined }),
    ...more,
  });
  return { url: `http://127.0.0.1:${await served(proxy)}`, upstreams };
}

const hello = (text: string) => (incoming: IncomingMessage, outgoing: ServerResponse) => {
  incoming.resume();
  incoming.on('end', () => outgoing.end(text));
};
const echo = (incoming: IncomingMessage, outgoing: ServerResponse) => {
  incoming.pipe(outgoing);
};
const post = (url: string, body: string | Uint8Array | ReadableStream) =>
  fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit);

test('requests go to all of them, in turn', async () => {
  const { url, upstreams } = await gateway([
    await served(hello('a')),
    await served(hello('b')),
    await served(hello('c')),
  ]);
  const answers: string[] = [];
  for (let index = 0; index < 6; index += 1) answers.push(await (await fetch(url)).text());
  expect(answers.toSorted().join('')).toBe('aabbcc');
  expect(upstreams.map(({ answered, active }) => [answered, active])).toEqual(Array(3).fill([2, 0]));
});

test('one that refuses is left out, also for a body, which is sent once and whole', async () => {
  const bytes = randomBytes(300_000);
  const hash = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const sum = createHash('sha256');
    incoming.on('data', (chunk) => sum.update(chunk)).on('end', () => outgoing.end(sum.digest('hex')));
  };
  const { url, upstreams } = await gateway([await closedPort(), await served(hash)]);
  const expected = createHash('sha256').update(bytes).digest('hex');
  for (let index = 0; index < 4; index += 1) expect(await (await post(url, bytes)).text()).toBe(expected);
  const chunked = await post(url, Readable.toWeb(Readable.from([bytes])) as ReadableStream);
  expect(await chunked.text()).toBe(expected);
  expect(upstreams).toMatchObject([
    { up: false, answered: 0 },
    { up: true, answered: 5 },
  ]);
});

test('nobody there: 503, certainly not sent', async () => {
  for (const ports of [[], [await closedPort(), await closedPort()]]) {
    const answer = await post((await gateway(ports)).url, 'x');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      error: { message: expect.stringMatching(/^no upstream can be reached/) },
    });
  }
});

test('an upstream that dies on the way: another one for what may be repeated, 502 for the rest', async () => {
  const dies = await served((incoming) => incoming.socket.destroy());
  const { url, upstreams } = await gateway([dies, await served(hello('fine'))]);
  for (let index = 0; index < 4; index += 1) expect(await (await fetch(url)).text()).toBe('fine');
  const statuses: number[] = [];
  for (let index = 0; index < 4; index += 1) statuses.push((await post(url, 'x')).status);
  expect(statuses.toSorted()).toEqual([200, 200, 502, 502]);
  expect(upstreams.map(({ active }) => active)).toEqual([0, 0]);
});

test('a small body goes to the next one whole where the first refuses', async () => {
  const { url } = await gateway([await closedPort(), await served(echo)]);
  for (const body of ['x', 'y'.repeat(10_000)]) expect(await (await post(url, body)).text()).toBe(body);
});

test('bytes that are no text arrive as they are, both ways, at once and piece by piece', async () => {
  const { url } = await gateway([await served(echo)]);
  for (const bytes of [randomBytes(1000), randomBytes(100_000)]) {
    const answer = await (await post(url, bytes)).arrayBuffer();
    expect(Buffer.from(answer).equals(bytes)).toBe(true);
  }
});

test('answers without a body, and one whose length nobody has said', async () => {
  const port = await served((incoming, outgoing) => {
    if (incoming.url === '/empty') outgoing.writeHead(204).end();
    else outgoing.writeHead(200, { 'Content-Length': 5 }).end('hello');
  });
  const { url } = await gateway([port]);
  expect((await fetch(`${url}/empty`)).status).toBe(204);
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.headers.get('content-length'), await head.text()]).toEqual(['5', '']);
  expect(await (await fetch(url)).text()).toBe('hello');
  const open = await gateway([await hasty('HTTP/1.1 200 OK\r\n\r\nhello')]);
  expect(await (await fetch(open.url)).text()).toBe('hello');
});

test('of a client that goes away before its small body is whole, no upstream hears', async () => {
  let requests = 0;
  const port = await served((incoming, outgoing) => {
    requests += 1;
    hello('fine')(incoming, outgoing);
  });
  const { url, upstreams } = await gateway([port]);
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf', () => socket.resetAndDestroy());
  await once(socket, 'close');
  expect((await post(url, 'x')).status).toBe(200);
  expect(requests).toBe(1);
  expect(upstreams).toMatchObject([{ answered: 1, failed: 0, active: 0 }]);
});

test('a connection serves one request after the other', async () => {
  const connections = new Set<unknown>();
  const port = await served((incoming, outgoing) => {
    connections.add(incoming.socket);
    hello('fine')(incoming, outgoing);
  });
  const { url } = await gateway([port]);
  for (let index = 0; index < 5; index += 1) {
    expect((await fetch(url)).status).toBe(200);
    expect((await post(url, 'x'.repeat(100_000))).status).toBe(200);
  }
  // On a busy machine an answer may be there before the gateway has seen the end of the body that it passed on: that one is not kept.
  expect(connections.size).toBeLessThan(5);
});

test('a kept connection that breaks under a request: another one for what may be repeated, 502 for the rest', async () => {
  const seen = new WeakMap<Socket, number>();
  const port = await served((incoming, outgoing) => {
    const before = seen.get(incoming.socket) ?? 0;
    seen.set(incoming.socket, before + 1);
    if (before === 0) hello('fine')(incoming, outgoing);
    else incoming.socket.destroy();
  });
  const { url } = await gateway([port]);
  const statuses: number[] = [];
  for (let index = 0; index < 4; index += 1) statuses.push((await fetch(url)).status);
  expect(statuses).toEqual([200, 200, 200, 200]);
  expect((await post(url, 'x')).status).toBe(502);
  expect((await post(url, 'x')).status).toBe(200);
});

test('an answer that is none, or that changes the protocol, costs its own request and no other one', async () => {
  for (const answer of [
    'HTTP/1.1 999 \u0001\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  ]) {
    const { url, upstreams } = await gateway([await hasty(answer)]);
    expect((await post(url, 'x')).status).toBe(502);
    expect(upstreams).toMatchObject([{ active: 0 }]);
  }
});

test('a client that takes its answer slowly gets all of it', async () => {
  const bytes = randomBytes(20_000_000);
  const { url } = await gateway([await served((_, outgoing) => void outgoing.end(bytes))], { idleTimeoutMs: 500 });
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await once(socket, 'readable');
  // Three times as long as an upstream may say nothing.
  const pausedAt = performance.now();
  await expect.poll(() => performance.now() - pausedAt).toBeGreaterThan(1500);
  let length = 0;
  for await (const chunk of socket) length += (chunk as Buffer).length;
  expect(length).toBeGreaterThan(bytes.length);
});

test('an upstream that says nothing: 504', async () => {
  const { url } = await gateway([await served((incoming) => void incoming.resume())], { idleTimeoutMs: 50 });
  expect((await post(url, 'x')).status).toBe(504);
  expect((await fetch(url)).status).toBe(504);
});

test('bodies are bounded, with a length and without one', async () => {
  const { url } = await gateway([await served(hello('fine'))], { maxBodyBytes: 10 });
  expect((await post(url, 'x'.repeat(11))).status).toBe(413);
  expect((await post(url, new Blob(['x'.repeat(11)]).stream())).status).toBe(413);
  expect((await post(url, 'x'.repeat(10))).status).toBe(200);
});

test('a body that is far too large gets its 413 and no broken connection', async () => {
  const { url, upstreams } = await gateway([await served(hello('fine'))], { idleTimeoutMs: 2000 });
  for (let index = 0; index < 3; index += 1) {
    expect((await post(url, new Uint8Array(5_000_000))).status).toBe(413);
    expect((await post(url, new Blob([new Uint8Array(5_000_000)]).stream())).status).toBe(413);
  }
  expect(upstreams).toMatchObject([{ failed: 0, active: 0 }]);
});

/** An upstream that answers each request with these bytes once it has seen its head, reads no more and closes. */
async function hasty(answer: string): Promise<number> {
  const server = createTcpServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
      socket.write(answer, () => socket.destroy());
    });
  }).listen(0, '127.0.0.1');
  tcpServers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('an upstream that answers early and closes: its answer, not 502', async () => {
  const early = await hasty('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge');
  const { url } = await gateway([early], { maxBodyBytes: 10_000_000, idleTimeoutMs: 2000 });
  for (let index = 0; index < 10; index += 1) {
    const answer = await post(url, new Uint8Array(3_000_000));
    expect([answer.status, await answer.text()]).toEqual([413, 'large']);
  }
});

test('the connection of an answer that came before the whole request was sent serves nobody else', async () => {
  const port = await served((incoming, outgoing) => {
    if (Number(incoming.headers['content-length']) > 1000) outgoing.writeHead(413).end('large');
    else hello('fine')(incoming, outgoing);
  });
  const { url } = await gateway([port], { maxBodyBytes: 10_000_000, idleTimeoutMs: 500 });
  for (let index = 0; index < 3; index += 1) {
    expect((await post(url, new Uint8Array(5_000_000))).status).toBe(413);
    expect((await post(url, 'x')).status).toBe(200);
  }
});

test('an answer that HTTP does not have is a 502, and the gateway goes on', async () => {
  const { url } = await gateway([await hasty('HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n')]);
  for (const body of ['x', 'y']) expect((await post(url, body)).status).toBe(502);
});

test('status and headers arrive as they are; an answer comes as it is made, and one that breaks off is seen to', async () => {
  let next: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    next = resolve;
  });
  const port = await served(async (incoming, outgoing) => {
    outgoing.writeHead(207, {
      'X-Path': incoming.url,
      'X-For': incoming.headers['x-forwarded-for'],
      'Set-Cookie': ['a', 'b'],
    });
    outgoing.write('first');
    await waiting;
    outgoing.destroy();
  });
  const { url } = await gateway([port], { idleTimeoutMs: 5000 });
  const answer = await fetch(`${url}/a/b?c=%20d`);
  expect(answer.status).toBe(207);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'x-path': '/a/b?c=%20d',
    'x-for': '127.0.0.1',
    'x-upstream': 'up-0',
  });
  expect(answer.headers.getSetCookie()).toEqual(['a', 'b']);
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first');
  next();
  await expect(reader?.read()).rejects.toThrow();
});

test('a client that goes away takes its request with it', async () => {
  let closed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  let arrived: () => void = () => undefined;
  const there = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const port = await served((_, outgoing) => {
    outgoing.on('close', closed);
    arrived();
  });
  const { url } = await gateway([port], { idleTimeoutMs: 60_000 });
  const sent = request(url).on('error', () => undefined);
  sent.end();
  await there;
  sent.destroy();
  await gone;
});
