import { createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { listeningInodes, ownerOf, portHolder } from '../../src/lib/port-owner.ts';

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

test('reads listening sockets of one port from the table of the kernel', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0',
    '   1: 0100007F:18EB 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0',
    '   2: 00000000:18EC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12347 1 0',
  ].join('\n');
  expect(listeningInodes(table, 6379)).toEqual(['12345']);
});
