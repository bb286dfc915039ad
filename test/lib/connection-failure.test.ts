import { expect, test } from 'vitest';
import { connectionFailure } from '../../src/lib/connection-failure.ts';

test.each([
  ['ECONNREFUSED', 1500, 'connection refused'],
  ['ECONNRESET', 1500, 'connection reset'],
  ['ETIMEDOUT', 1500, 'no reply within 1500 ms'],
  ['ETIMEDOUT', 0, 'connection timed out'],
  ['ENOENT', 1500, undefined],
])('%s after %i ms: %s', (code, timeoutMs, text) => {
  expect(connectionFailure(Object.assign(new Error('x'), { code }), timeoutMs)).toBe(text);
});
