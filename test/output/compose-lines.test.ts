import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { Secret } from '../../src/lib/secret.ts';
import { composeLine, errorMessage, progressMessage, variableMessage } from '../../src/output/compose-lines.ts';

test('a message is one line of JSON with a type and a message', () => {
  expect(composeLine({ type: 'info', message: 'redis-1 ok' })).toBe('{"type":"info","message":"redis-1 ok"}\n');
  const message = 'stack.yaml has 2 problems:\n  line 1: a\n\n  line 2: b';
  expect(composeLine({ type: 'error', message })).toBe(
    '{"type":"error","message":"stack.yaml has 2 problems: | line 1: a | line 2: b"}\n',
  );
});

test('a variable is what Compose cuts at the first =, with its secret and with the lines that it has', () => {
  expect(variableMessage('URL', new Secret('redis://:a=b@10.0.0.1:6379'))).toEqual({
    type: 'setenv',
    message: 'URL=redis://:a=b@10.0.0.1:6379',
  });
  expect(JSON.parse(composeLine(variableMessage('PASSWORD', 'two\n lines'))).message).toBe('PASSWORD=two\n lines');
});

test('progress is told where a state changes, without colours', () => {
  const step = { type: 'step', id: 'start:redis-1', title: 'redis-1' } as const;
  expect(progressMessage({ ...step, state: 'start', detail: 'starting' })).toEqual({
    type: 'info',
    message: 'redis-1 ... (starting)',
  });
  expect(progressMessage({ ...step, state: 'progress', detail: 'loading' })).toBeUndefined();
  expect(progressMessage({ ...step, state: 'failed', detail: 'no answer' })?.message).toBe('redis-1 failed: no answer');
  expect(progressMessage({ type: 'warning', text: 'slow disk' })?.message).toBe('warning: slow disk');
});

test('an error says what failed, why, and what to do next', () => {
  const details = { reasons: ['redis-1: no answer', 'redis-2: no answer'] };
  const error = new StackctlError('E_NOT_READY', 'shop is not ready', { hint: 'Run: stackctl logs', details });
  expect(errorMessage(error)).toEqual({
    type: 'error',
    message: 'shop is not ready; redis-1: no answer; redis-2: no answer. Run: stackctl logs',
  });
  expect(errorMessage(new StackctlError('E_USAGE', 'did you mean "redis"?', { hint: 'Next.' })).message).toBe(
    'did you mean "redis"? Next.',
  );
  expect(errorMessage(new TypeError('x is not a function')).message).toBe('x is not a function');
});
