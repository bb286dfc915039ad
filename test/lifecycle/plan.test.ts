import { expect, test } from 'vitest';
import { formatPlan, type PlanInput, plan } from '../../src/lifecycle/plan.ts';
import type { ObservedInstance } from '../../src/stack/contract/runtime.ts';

const observed = (name: string, change: Partial<ObservedInstance> = {}): ObservedInstance => ({
  name,
  state: 'running',
  pid: 1,
  containerId: undefined,
  startedAt: undefined,
  configHash: 'h',
  restarts: 0,
  lastExit: undefined,
  partitioned: false,
  ...change,
});

function text(change: Partial<PlanInput>): readonly string[] {
  const wanted = change.wanted ?? ['a-1', 'a-2'];
  const hashes = new Map(['a-1', 'a-2', 'b-1'].map((name) => [name, 'h']));
  return formatPlan(plan({ wanted, known: ['a-1', 'a-2', 'b-1'], hashes, observed: [], ...change })).split('\n');
}

test('nothing there: everything is started, in the order of the stack', () => {
  expect(text({})).toEqual(['start a-1: not there', 'start a-2: not there']);
});

test('everything as wanted: nothing is done', () => {
  expect(text({ observed: [observed('a-2'), observed('a-1')] })).toEqual([
    'keep a-1: runs as configured',
    'keep a-2: runs as configured',
  ]);
});

test('what is not in the stack any more goes first; what was not asked for stays as it is', () => {
  expect(text({ wanted: ['a-1'], observed: [observed('a-9'), observed('b-1', { state: 'stopped' })] })).toEqual([
    'remove a-9: no longer in the stack',
    'start a-1: not there',
  ]);
});

test.each<[Partial<ObservedInstance>, string]>([
  [{ state: 'missing' }, 'start a-1: not there'],
  [{ state: 'paused' }, 'start a-1: paused'],
  [{ state: 'stopped' }, 'start a-1: stopped'],
  [{ state: 'stopped', lastExit: { at: '', code: 1, signal: undefined } }, 'start a-1: stopped (exit code 1)'],
  [{ state: 'stopped', lastExit: { at: '', code: undefined, signal: 'SIGKILL' } }, 'start a-1: stopped (SIGKILL)'],
  [{ configHash: 'other' }, 'start a-1: its configuration changed'],
  [{ configHash: undefined }, 'start a-1: its configuration changed'],
  [{ partitioned: true }, 'start a-1: cut off from the network of the project'],
  [{ state: 'restarting' }, 'start a-1: crashes and is restarted'],
])('%j: %s', (change, line) => {
  expect(text({ wanted: ['a-1'], observed: [observed('a-1', change)] })).toEqual([line]);
});

test.each<[Partial<ObservedInstance>, string]>([
  [{}, 'restart a-1: asked to be built again'],
  [{ configHash: 'other' }, 'restart a-1: its configuration changed'],
  [{ state: 'paused' }, 'restart a-1: paused'],
  [{ state: 'stopped' }, 'start a-1: stopped'],
])('built again, and %j: %s', (change, line) => {
  const built = { observed: [observed('a-1', change), observed('a-2')], rebuilt: new Set(['a-1']) };
  expect(text(built)).toEqual([line, 'keep a-2: runs as configured']);
});

test('what only a start would find is a reason to restart what runs as configured', () => {
  const stale = new Map([['a-2', 'a library was installed']]);
  const both = { observed: [observed('a-1'), observed('a-2')], stale };
  expect(text(both)).toEqual(['restart a-2: a library was installed', 'keep a-1: runs as configured']);
  const changed = { observed: [observed('a-1'), observed('a-2', { configHash: 'other' })], stale };
  expect(text(changed)[0]).toBe('restart a-2: its configuration changed');
});

test('a removed instance that is gone already is not removed again', () => {
  expect(text({ wanted: [], observed: [observed('a-9', { state: 'missing' })] })).toEqual(['']);
});

test('a run that ended while it replaced files: what runs with the wanted configuration is restarted all the same', () => {
  const written = (...names: readonly string[]) => new Map(names.map((name) => [name, 'h']));
  const both = { observed: [observed('a-1'), observed('a-2')] };
  expect(text({ ...both, written: written('a-2') })).toEqual([
    'restart a-1: a run that was interrupted replaced its files',
    'keep a-2: runs as configured',
  ]);
  const changed = { observed: [observed('a-1', { configHash: 'old' }), observed('a-2')] };
  expect(text({ ...changed, written: written('a-2') })[0]).toBe('start a-1: its configuration changed');
  expect(text({ ...both, written: undefined })[0]).toBe('keep a-1: runs as configured');
});
