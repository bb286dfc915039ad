import { describe, expect, test } from 'vitest';
import { builtInNames } from '../support/built-in-stack.ts';
import { openTestProject } from '../support/project.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';
import { smokeArgs, testSmoke } from '../support/smoke.ts';
import { waitFor } from '../support/wait-for.ts';

/** What there is to try in each stack. */
const TRIES: Readonly<Record<string, readonly string[]>> = {
  'redis-sentinel': ['failover'],
  'valkey-sentinel': ['failover'],
  'event-tracking': [],
  'cache-api': [],
  'email-timing': ['migrate'],
  analytics: ['migrate'],
};

const verdict = (stack: string, phase: string) => (TRIES[stack]?.includes(phase) ? 'pass' : 'skipped');

test('every built-in stack is tried', () => {
  expect(builtInNames().toSorted()).toEqual(Object.keys(TRIES).toSorted());
});

describe.each(builtInNames())('smoke %s', (stack) => {
  test.for(RUNTIMES)('passes on %s, and nothing is left', async (runtime, context) => {
    requireRuntime(context, runtime);
    await testSmoke(stack, runtime, {
      ...{ up: 'pass', health: 'pass', migrate: verdict(stack, 'migrate'), traffic: 'pass' },
      ...{ failover: verdict(stack, 'failover'), restart: 'pass', again: 'pass', down: 'pass' },
    });
  });
});

test.for(RUNTIMES)('interrupted on %s, it ends what it has started', async (runtime, context) => {
  requireRuntime(context, runtime);
  await using project = await openTestProject({ stack: 'redis-sentinel', runtime });
  const { child, ended } = project.begin(smokeArgs(project, 'redis-sentinel'));
  const isUp = (line: string) => line.startsWith('container ') || line.includes('redis-server');
  await waitFor('a server runs', async () => (await project.leftovers()).some(isUp) || undefined);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(await project.leftovers()).toEqual([]);
});
