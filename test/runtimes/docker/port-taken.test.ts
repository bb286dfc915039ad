import { expect, test } from 'vitest';
import { takenPort } from '../../../src/runtimes/docker/port-taken.ts';

test.each([
  ['Error starting userland proxy: listen tcp4 127.0.0.1:6379: bind: address already in use', 6379],
  ['failed to set up container networking: Bind for 127.0.0.1:5432 failed: port is already allocated', 5432],
  ['Error response from daemon: failed to bind host port for 0.0.0.0:80:172.17.0.2:80/tcp: address already in use', 80],
  ['no such image: redis:8080', undefined],
  ['dial tcp 127.0.0.1:2375: connection refused', undefined],
])('%s', (line, port) => {
  expect(takenPort(line)).toBe(port);
});
