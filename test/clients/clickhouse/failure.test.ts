import { expect, test } from 'vitest';
import { ClickhouseError, failureText } from '../../../src/clients/clickhouse/failure.ts';

test('an answer of the server without its frame', () => {
  const answer =
    'Code: 62. DB::Exception: Syntax error: failed at position 8 (FRM): FRM t. (SYNTAX_ERROR) (version 25.8.1.1 (official build))\n';
  const error = new ClickhouseError(62, 400, answer);
  expect(error).toMatchObject({
    serverCode: 62,
    type: 'SYNTAX_ERROR',
    position: 7,
    message: 'Syntax error: failed at position 8 (FRM): FRM t. (SYNTAX_ERROR)',
  });
  expect(new ClickhouseError(0, 502, '')).toMatchObject({ message: 'HTTP status 502', type: '', position: undefined });
});

test('failures in words', () => {
  expect(failureText(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 5)).toBe('connection refused');
  expect(failureText(new DOMException('x', 'TimeoutError'), 1500)).toBe('no reply within 1500 ms');
});
