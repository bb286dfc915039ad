import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openBulkHttp } from '../../../src/clients/http/bulk.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function serve(handle: Handler) {
  const sockets = new Set<Socket>();
  const opened = { connections: 0 };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    request.on('end', () => handle(request, response, body));
  });
  server.on('connection', (socket) => {
    opened.connections += 1;
    sockets.add(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { address: { host: '127.0.0.1', port }, opened, sockets, [Symbol.asyncDispose]: close };
}

const REQUEST = { method: 'POST', path: '/events', headers: { 'content-type': 'text/plain', 'x-a': 'b' } };

test('requests go over connections that are kept, each with its own answer', async () => {
  await using server = await serve((request, response, body) => {
    const { method, url, headers } = request;
    response.end(JSON.stringify([method, url, headers['x-a'], headers.host, body]));
  });
  const client = openBulkHttp(server.address, REQUEST, 5000);
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(['', 'ä', 'x'.repeat(200_000)].map((body) => client.send(`${round}${body}`)));
    expect(answers.map(({ status, text }) => [status, JSON.parse(text)[4]])).toEqual(
      ['', 'ä', 'x'.repeat(200_000)].map((body) => [200, `${round}${body}`]),
    );
    expect(JSON.parse(answers[0]?.text ?? '').slice(0, 4)).toEqual([
      'POST',
      '/events',
      'b',
      `127.0.0.1:${server.address.port}`,
    ]);
  }
  expect(server.opened.connections).toBe(3);
  client.close();
});

test('a connection that is to be closed is not used again', async () => {
  await using server = await serve((_, response) => response.writeHead(500, { connection: 'close' }).end('no'));
  const client = openBulkHttp(server.address, REQUEST, 5000);
  for (let round = 0; round < 3; round++) expect(await client.send('')).toEqual({ status: 500, text: 'no' });
  expect(server.opened.connections).toBe(3);
  client.close();
});

test('one that was closed meanwhile is replaced by another', async () => {
  await using server = await serve((_, response) => response.end('ok'));
  const client = openBulkHttp(server.address, REQUEST, 5000);
  await client.send('');
  for (const socket of server.sockets) socket.end();
  // Its end has to arrive first: what is sent before that is lost with it, as on every connection.
  await expect.poll(() => client.send('').catch(() => undefined)).toEqual({ status: 200, text: 'ok' });
  client.close();
});

test('no answer is an error, and none of another request is taken for it', async () => {
  await using server = await serve((_, response, body) => {
    if (body === 'cut') response.destroy();
    else if (body === 'half')
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy());
    else if (body !== 'silent') response.end(body);
  });
  const client = openBulkHttp(server.address, REQUEST, 300);
  await expect(client.send('cut')).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(client.send('half')).rejects.toMatchObject({ code: 'ECONNRESET' });
  const silent = client.send('silent');
  await expect(silent).rejects.toMatchObject({ code: 'E_NOT_READY', message: 'no answer within 300 ms' });
  expect(await client.send('next')).toEqual({ status: 200, text: 'next' });
  client.close();
});

test('a service that is not there refuses the connection', async () => {
  const server = await serve(() => undefined);
  await server[Symbol.asyncDispose]();
  const client = openBulkHttp(server.address, REQUEST, 5000);
  await expect(client.send('')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  client.close();
});

test('closing ends what is on its way', async () => {
  await using server = await serve(() => undefined);
  const client = openBulkHttp(server.address, REQUEST, 5000);
  const sent = client.send('');
  client.close();
  await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a host of the profile takes the place of the address', async () => {
  await using server = await serve((request, response) =>
    response.end(String(request.rawHeaders.filter((one) => /^host$/i.test(one)).length) + request.headers.host),
  );
  const client = openBulkHttp(server.address, { ...REQUEST, headers: { host: 'api.example' } }, 5000);
  expect((await client.send('')).text).toBe('1api.example');
  client.close();
});

test('a request may have a path of its own and no body, and a header of the answer is told', async () => {
  await using server = await serve((request, response, body) => {
    const { method, url, headers } = request;
    response.setHeader('X-Cache', ' HIT ').end(JSON.stringify([method, url, headers['content-length'] ?? null, body]));
  });
  const common = { ...REQUEST, method: 'GET', wanted: 'x-cache' };
  const client = openBulkHttp(server.address, common, 5000);
  expect(await client.send(undefined, { path: '/events/1?of=%2F', headers: { 'x-b': 'c' } })).toEqual({
    ...{ status: 200, field: 'HIT' },
    text: '["GET","/events/1?of=%2F",null,""]',
  });
  expect((await client.send(undefined)).text).toBe('["GET","/events",null,""]');
  await expect(client.send(undefined, { path: '/a b' })).rejects.toThrow(TypeError);
  client.close();
  const other = openBulkHttp(server.address, { ...common, wanted: 'x.cache' }, 5000);
  expect((await other.send(undefined)).field).toBeUndefined();
  other.close();
});

test('nothing but one line of a head is sent for a path or a header', () => {
  const open = (change: object) => () => openBulkHttp({ host: '127.0.0.1', port: 1 }, { ...REQUEST, ...change }, 1);
  expect(open({ headers: { a: 'b\r\nx: y' } })).toThrow(TypeError);
  expect(open({ path: '/a HTTP/1.1\r\nx: y' })).toThrow(TypeError);
  expect(open({ path: '/a b' })).toThrow(TypeError);
});
