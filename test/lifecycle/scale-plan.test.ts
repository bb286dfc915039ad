import { describe, expect, test } from 'vitest';
import { instancesToRemove, refuseUnsafeCounts } from '../../src/lifecycle/scale-plan.ts';
import { partOf } from '../../src/stack/derived/part-of.ts';
import { builtInStack } from '../support/built-in-stack.ts';

const sentinel = await builtInStack('redis-sentinel', { runtime: 'process' });
const events = await builtInStack('event-tracking', { runtime: 'process', decisions: { counts: { backend: 3 } } });
const analytics = await builtInStack('analytics', { runtime: 'docker' });

describe('up --scale refuses', () => {
  test.each([
    ['redis', 0, events, 'redis=0: a service has at least one instance'],
    ['bakend', 3, events, 'has no service "bakend"'],
    ['timescaledb', 2, analytics, 'timescaledb=2: '],
    ['sentinel', 1, sentinel, 'sentinel=1: '],
    ['redis', 2, sentinel, 'up cannot remove instances of a service that fails over (redis-3)'],
  ])('%s=%i', (service, count, stack, message) => {
    expect(() => refuseUnsafeCounts(stack, [{ service, count }])).toThrow(message);
  });
});

test('up --scale takes surplus programs away, and adds members to a group', () => {
  refuseUnsafeCounts(events, [{ service: 'backend', count: 1 }]);
  refuseUnsafeCounts(sentinel, [{ service: 'redis', count: 5 }]);
  const gone = instancesToRemove(events, [{ service: 'backend', count: 1 }]);
  expect(gone.map(({ name }) => name)).toEqual(['backend-3', 'backend-2']);
});

test('a part of a stack has what it needs: dependencies, and what stands in front', () => {
  const names = (services: readonly string[]) => partOf(events, services).services.map(({ name }) => name);
  expect(names(['redis'])).toEqual(['redis']);
  expect(names(['backend'])).toEqual(['redis', 'backend', 'gateway']);
  expect(names([])).toEqual(['redis', 'backend', 'gateway', 'test-app']);
});
