import { expect, test } from 'vitest';
import type { Step } from '../../src/lifecycle/plan.ts';
import { type RolledInput, rolled } from '../../src/lifecycle/rolled.ts';
import type { InstanceState, ObservedInstance } from '../../src/stack/contract/runtime.ts';
import type { PortTable } from '../../src/stack/ports/ports.ts';
import { fixtureStack } from '../support/fixture-kind.ts';
import { PROCESS } from '../support/runtime-facts.ts';

const stack = {
  ...fixtureStack({
    runtime: PROCESS,
    folder: '/nowhere',
    name: 'fixture',
    id: 'f',
    image: '',
    network: undefined,
    marker: 'one',
    count: 3,
  }),
  primaries: { app: { instance: 'app-1', epoch: 4 } },
};
const NAMES = ['app-1', 'app-2', 'app-3'];

const replaces = (instance: string): Step => ({
  op: 'start',
  instance,
  cause: 'its configuration changed',
  replaces: true,
});

function observed(states: Readonly<Record<string, InstanceState>> = {}): readonly ObservedInstance[] {
  return NAMES.map((name) => ({
    name,
    state: states[name] ?? 'running',
    pid: 1,
    containerId: undefined,
    startedAt: undefined,
    configHash: 'h',
    restarts: 0,
    lastExit: undefined,
    partitioned: false,
  }));
}

function ports(first: number): PortTable {
  return Object.fromEntries(NAMES.map((name, index) => [name, { app: first + index }]));
}

function names(change: Partial<RolledInput> = {}): readonly string[] {
  return rolled({
    stack,
    steps: NAMES.map(replaces),
    observed: observed(),
    portsBefore: ports(7000),
    ports: ports(7000),
    allAtOnce: false,
    ...change,
  });
}

test('all that run are replaced one after the other, the primary last', () => {
  expect(names()).toEqual(['app-2', 'app-3', 'app-1']);
});

test('without a primary: in the order of the stack', () => {
  expect(names({ stack: { ...stack, primaries: {} } })).toEqual(NAMES);
});

test('a restart of the same configuration is a replacement too', () => {
  expect(names({ steps: NAMES.map((name) => ({ ...replaces(name), op: 'restart' }) as Step) })).toEqual([
    'app-2',
    'app-3',
    'app-1',
  ]);
});

test('only those that change', () => {
  expect(names({ steps: [replaces('app-1'), replaces('app-3')] })).toEqual(['app-3', 'app-1']);
});

test.each<[string, Partial<RolledInput>, readonly string[]]>([
  ['a password or the network changes', { allAtOnce: true }, []],
  ['another port of one of them', { ports: { ...ports(7000), 'app-2': { app: 7100 } } }, []],
  ['nothing runs that could go on meanwhile', { observed: observed({ 'app-2': 'stopped', 'app-3': 'stopped' }) }, []],
  ['what does not run is not waited for', { observed: observed({ 'app-2': 'stopped' }) }, ['app-3', 'app-1']],
  ['what is paused does not go on either', { observed: observed({ 'app-1': 'paused', 'app-2': 'paused' }) }, []],
  ['a new instance', { steps: [{ ...replaces('app-2'), replaces: false } as Step] }, []],
  ['a removal', { steps: [{ op: 'remove', instance: 'app-2', cause: 'no longer in the stack' }] }, []],
])('%s', (_what, change, expected) => {
  expect(names(change)).toEqual(expected);
});
