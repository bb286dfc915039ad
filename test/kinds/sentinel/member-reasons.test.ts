import { expect, test } from 'vitest';
import { memberReasons } from '../../../src/kinds/sentinel/member-reasons.ts';
import type { Instance } from '../../../src/stack/contract/model.ts';
import { memberView } from './member-view.ts';

const address = { host: 'h', port: 2 };
const wanted: readonly Instance[] = [
  { name: 'redis-2', service: 'redis', index: 2, ports: [], peer: address, client: address },
];
const reasons = (...seen: readonly ReturnType<typeof memberView>[]) =>
  memberReasons({ word: 'replica', seen, wanted, by: 'sentinel-1' });

test('those of the stack, all reached', () => {
  expect(reasons(memberView())).toEqual([]);
});

test('one that is missing, and one that is not reached', () => {
  expect(reasons()).toEqual(['does not know redis-2']);
  expect(reasons(memberView({ flags: ['slave', 's_down', 'disconnected'] }))).toEqual([
    'sees redis-2 as s_down, disconnected',
  ]);
});

test('one that is gone is forgotten by a start; one that runs has to end first, and no client is told of it', () => {
  const stranger = { address: 'h:9', flags: ['slave', 's_down', 'disconnected'] };
  expect(reasons(memberView(), memberView(stranger))).toEqual([
    'remembers a replica h:9 that is not in the stack: `stackctl restart sentinel-1` forgets it',
  ]);
  expect(reasons(memberView(), memberView({ address: 'h:9' }))).toEqual([
    expect.stringMatching(/h:9 .* runs, could promote it, .*natMap .*: end it, then `stackctl restart sentinel-1`/),
  ]);
});

test('a Sentinel that is gone still counts for the majority', () => {
  const seen = [memberView(), memberView({ address: 'h:9', flags: ['sentinel', 's_down'] })];
  expect(memberReasons({ word: 'Sentinel', seen, wanted, by: 'sentinel-1' })).toEqual([
    expect.stringMatching(/remembers a Sentinel h:9 .* one of the 3 Sentinels/),
  ]);
});
