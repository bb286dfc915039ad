import { expect, test } from 'vitest';
import { chooseRuntime } from '../../src/lifecycle/choose-runtime.ts';
import type { Availability } from '../../src/stack/contract/runtime.ts';
import { errorOf } from '../support/stack-fixtures.ts';

const refusedWith = (answers: Readonly<Record<string, Omit<Availability, 'available'>>>) =>
  errorOf(
    chooseRuntime({
      asked: 'auto',
      recorded: undefined,
      candidates: Object.keys(answers),
      availability: async (name) => ({ available: false, reason: 'no', ...answers[name] }),
    }),
  );

test('what doctor can mend is left to doctor', async () => {
  const error = await refusedWith({ docker: { reason: 'no Engine' }, process: { reason: 'no redis-server' } });
  expect(error).toMatchObject({ code: 'E_ENGINE_MISSING', hint: 'stackctl doctor --fix' });
});

test('where a service lacks what a runtime starts from, the next step is in stack.yaml', async () => {
  const error = await refusedWith({
    docker: { reason: 'no Engine' },
    process: { reason: 'page has no command for a local process', isForStack: true },
  });
  expect(error.message).toContain('page has no command for a local process');
  expect(error.hint).toBe(
    'Give the service what it lacks in stack.yaml (page has no command for a local process), or a runtime what it lacks: `stackctl doctor` says what.',
  );
});
