import { expect, test } from 'vitest';
import { type RestartPlanInput, restartPlan } from '../../src/lifecycle/restart-plan.ts';
import type { ObservedInstance } from '../../src/stack/contract/runtime.ts';
import { PROCESS } from '../support/runtime-facts.ts';

const observed = (name: string, configHash = 'h', state: ObservedInstance['state'] = 'running'): ObservedInstance => ({
  name,
  state,
  pid: 1,
  containerId: undefined,
  startedAt: undefined,
  configHash,
  restarts: 0,
  lastExit: undefined,
  partitioned: false,
});
const wish = (instance: string, wanted: number) => ({ service: 'a', instance, name: 'main', wanted });

function planned(change: Partial<RestartPlanInput>) {
  return restartPlan({
    asked: ['a-1', 'a-2'],
    hashes: new Map(['a-1', 'a-2', 'b-1'].map((name) => [name, 'h'])),
    observed: [observed('a-1'), observed('a-2', 'old'), observed('b-1', 'old'), observed('c-1', 'x')],
    runtime: PROCESS,
    portWishes: [wish('a-1', 1), wish('b-1', 2)],
    wantedPorts: { 'a-1': { main: 1 }, 'b-1': { main: 2 } },
    ...change,
  });
}

test('says what changes with it and what stays as it runs', () => {
  expect(planned({})).toEqual({ instances: ['a-1', 'a-2'], changed: ['a-2'], absent: [], outdated: ['b-1'] });
});

test('one that is stopped is started again, one that is not there is not', () => {
  const there = [observed('a-1', 'h', 'stopped'), observed('a-2', 'h', 'missing')];
  expect(planned({ observed: there })).toMatchObject({ instances: ['a-1'], absent: ['a-2'] });
  expect(() => planned({ observed: [] })).toThrowError(expect.objectContaining({ code: 'E_NOT_RUNNING' }));
});

test('another port is for `up`: refused for what is restarted, told of the others', () => {
  const moved = { wantedPorts: { 'a-1': { main: 9 } } };
  expect(() => planned(moved)).toThrowError(
    expect.objectContaining({ code: 'E_USAGE', message: expect.stringMatching(/a-1 .* port 1/) }),
  );
  expect(planned({ ...moved, asked: ['b-1'] }).outdated).toEqual(['a-1', 'a-2']);
});

test('a port that was never recorded is not a moved one', () => {
  expect(planned({ wantedPorts: {} }).changed).toEqual(['a-2']);
});
