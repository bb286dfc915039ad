import { expect, test } from 'vitest';
import { type Candidate, type Choice, choose, obstaclesTo } from '../../../src/kinds/sentinel/hand-over/choose.ts';
import { nextEpoch } from '../../../src/kinds/sentinel/hand-over/hello.ts';
import type { Instance } from '../../../src/stack/contract/model.ts';

const MIB = 1024 * 1024;
const ANY: Choice = { avoid: [] };
const named = (name: string): Instance => ({ name }) as Instance;

function replica(name: string, change: Partial<Candidate> = {}): Candidate {
  return { name, isMaster: false, offset: 5 * MIB, isLinked: true, priority: 100, ...change };
}

test('the lowest priority is chosen, then who has most, then the first by name', () => {
  const [a, b, c] = [replica('r-3'), replica('r-2'), replica('r-1', { offset: 5 * MIB - 1 })];
  expect(choose([a, b, c], 5 * MIB, ANY)?.name).toBe('r-2');
  expect(choose([a, b, { ...c, priority: 50 }], 5 * MIB, ANY)?.name).toBe('r-1');
});

test.each<[string, Partial<Candidate>]>([
  ['replica-priority 0, which means never', { priority: 0 }],
  ['it is not linked to the master', { isLinked: false }],
  [`it is ${MIB + 1} bytes behind the master`, { offset: 4 * MIB - 1 }],
  ['it says that it is a master itself', { isMaster: true }],
])('%s: no new master', (reason, change) => {
  const one = replica('r-2', change);
  expect(choose([one], 5 * MIB, ANY)).toBeUndefined();
  expect(obstaclesTo([one], 5 * MIB, ANY)).toEqual([`r-2: ${reason}`]);
});

test('only the one that was asked for, and never one that goes away', () => {
  const all = [replica('r-2'), replica('r-3')];
  expect(choose(all, 5 * MIB, { avoid: [], to: named('r-3') })?.name).toBe('r-3');
  expect(choose(all, 5 * MIB, { avoid: [named('r-2')] })?.name).toBe('r-3');
  expect(obstaclesTo(all, 5 * MIB, { avoid: all.map(({ name }) => named(name)) })).toEqual([
    'r-2: it is to go away',
    'r-3: it is to go away',
  ]);
  expect(obstaclesTo(all, 5 * MIB, { avoid: [], to: named('r-1') })).toEqual([
    'r-1 is no replica that could take over',
  ]);
  expect(obstaclesTo([], 5 * MIB, ANY)).toEqual(['there is no replica that could take over']);
});

test('a new epoch lies beyond every other one, with room for elections of the same moment', () => {
  expect(nextEpoch([{ epoch: 0 }, { epoch: 7 }, { epoch: 3 }])).toBe(17);
  expect(nextEpoch([])).toBe(10);
});
