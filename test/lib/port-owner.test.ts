import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { ownerOf, portHolder, socketsAt } from '../../src/lib/port-owner.ts';

async function listenOn(host: string): Promise<{ port: number; [Symbol.asyncDispose](): Promise<void> } | undefined> {
  const server: Server = createServer();
  const opened = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host, port: 0 }, () => resolve(true));
  });
  const address = server.address();
  if (!opened || address === null || typeof address === 'string') return undefined;
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('a listener on %s is in the way, and is named', async (host) => {
  await using server = await listenOn(host);
  if (server === undefined) return; // no IPv6 on this machine
  const holder = await portHolder(server.port);
  expect(holder?.pid).toBe(process.pid);
  expect(holder?.command).toContain('node');
});

test('a port that was given back is free', async () => {
  const server = await listenOn('127.0.0.1');
  if (server === undefined) throw new Error('cannot listen');
  await server[Symbol.asyncDispose]();
  expect(await portHolder(server.port)).toBeUndefined();
  expect(await ownerOf(server.port)).toBeUndefined();
});

/** Two ends of a connection on loopback; the port is that of the end that opened it. */
async function connection() {
  const server = createServer((socket) => socket.resume().on('end', () => socket.end()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  return { server, client, port: client.localPort ?? 0 };
}

test('a port that a connection to elsewhere uses is in the way, and is named', async () => {
  const { server, client, port } = await connection();
  expect(await portHolder(port)).toMatchObject({ pid: process.pid });
  client.destroy();
  server.close();
});

test.runIf(process.platform === 'linux')(
  'after such a connection the kernel has the port, and nobody else',
  async () => {
    const { server, client, port } = await connection();
    client.end();
    await once(client, 'close');
    server.close();
    expect(await portHolder(port)).toEqual({ closing: true });
  },
);

test('a server may come back to its port although its old connections linger', async () => {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1').resume();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
  expect(await portHolder(port)).toBeUndefined();
});

test('reads the sockets of one port from the table of the kernel', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0',
    '   1: 0100007F:18EB 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0',
    '   2: 00000000:18EC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12347 1 0',
    '   3: 0100007F:18ED 0100007F:C000 06 00000000:00000000 03:00001751 00000000     0        0 0 3 0',
  ].join('\n');
  expect(socketsAt(table, 6379)).toEqual([
    { isListening: true, inode: '12345' },
    { isListening: false, inode: '12346' },
  ]);
  expect(socketsAt(table, 6381)).toEqual([{ isListening: false, inode: undefined }]);
});
