import { expect, test } from 'vitest';
import { failureText } from '../../../src/clients/kafka/failure.ts';

test('the system speaks below the errors of the client library; several answers are told once each', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  expect(failureText(new Error('Connection failed', { cause: new Error('x', { cause: refused }) }), 5)).toBe(
    'connection refused',
  );
  const answers = ['unknown topic', 'unknown topic', 'no leader'].map((message) => new Error(message));
  expect(failureText(new AggregateError(answers, 'Received response with error'), 5)).toBe('unknown topic; no leader');
});
