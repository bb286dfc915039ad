import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { tryConnection } from '../../../src/clients/tcp/connect.ts';

const closings: (() => void)[] = [];
afterEach(() => {
  for (const close of closings.splice(0)) close();
});

/** Longer than any test runs. */
const LONG_MS = 600_000;

async function connectionTo(
  answer: (socket: Socket) => unknown,
  signal = new AbortController().signal,
): Promise<string> {
  const server = createServer((socket) => void answer(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closings.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return tryConnection({ host: '127.0.0.1', port }, LONG_MS, signal, LONG_MS).then(
    () => 'there',
    (error: Error) => error.message,
  );
}

test('whoever says something is there, whoever ends a connection within the time is not', async () => {
  expect(await connectionTo((socket) => socket.write('hello'))).toBe('there');
  expect(await connectionTo((socket) => socket.end())).toBe('the connection is ended at once');
  expect(await connectionTo((socket) => socket.resetAndDestroy())).toMatch(/ECONNRESET|ended/);
});

test('its signal ends the wait', async () => {
  const ended = new AbortController();
  const waiting = connectionTo((socket) => {
    ended.abort(new Error('interrupted'));
    return socket;
  }, ended.signal);
  expect(await waiting).toBe('interrupted');
});
