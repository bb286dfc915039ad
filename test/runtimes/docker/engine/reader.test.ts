import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { isConnectionLost } from '../../../../src/runtimes/docker/engine/guard.ts';
import { readerOf } from '../../../../src/runtimes/docker/engine/reader.ts';

test.each([
  ['never answers', () => undefined],
  ['stops in the middle of an answer', (response: http.ServerResponse) => response.write('[')],
])('an Engine that %s counts as gone after a while', async (_what, answer) => {
  await using server = await listening((_request, response) => void answer(response));
  const reader = readerOf({ protocol: 'http', host: '127.0.0.1', port: server.port, agent: new http.Agent() }, 50);
  const error: unknown = await reader.listNetworks().then(undefined, (reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'ETIMEDOUT' });
  expect(isConnectionLost(error)).toBe(true);
});

async function listening(handle: http.RequestListener) {
  const server = http.createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
