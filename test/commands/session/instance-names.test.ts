import { expect, test } from 'vitest';
import { namesMeant } from '../../../src/commands/session/instance-names.ts';
import { builtInStack } from '../../support/built-in-stack.ts';

const stack = await builtInStack('event-tracking', { runtime: 'docker' });
const seen = ['redis-1', 'backend-1', 'backend-2', 'backend-3', 'worker-1'].map((name) => ({ name }));

test.each([
  [[], ['redis-1', 'backend-1', 'gateway-1', 'test-app-1', 'backend-2', 'backend-3', 'worker-1']],
  [['backend-3'], ['backend-3']],
  [['backend'], ['backend-1', 'backend-2', 'backend-3']],
  // Neither the instance nor its service is in the stack any more.
  [['worker'], ['worker-1']],
  [
    ['worker-1', 'redis'],
    ['redis-1', 'worker-1'],
  ],
  [['gateway-1'], ['gateway-1']],
])('%j means %j', (words, names) => {
  expect(namesMeant(stack, seen, words)).toEqual(names);
});

test('a name that nothing has is refused with those that there are', () => {
  expect(() => namesMeant(stack, seen, ['backend-1', 'backend-4'])).toThrow(
    expect.objectContaining({
      code: 'E_INSTANCE_NOT_FOUND',
      message: 'the project event-tracking has no service or instance "backend-4"; did you mean "backend"?',
      hint: 'It has: redis, backend, gateway, test-app, redis-1, backend-1, gateway-1, test-app-1, backend-2, backend-3, worker-1.',
    }),
  );
});
