import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pickPart, rangeForStrangers } from '../../../src/stack/ports/shared-subnet.ts';
import { overlaps } from '../../../src/stack/ports/subnet.ts';

const NOTHING = { kept: undefined, taken: [] };

test.each([
  ['172.18.0.0/16', '172.18.128.0/17', '172.18.0.0/24'],
  ['192.168.16.0/20', '192.168.24.0/21', '192.168.16.0/24'],
  ['10.9.2.0/23', '10.9.3.0/24', '10.9.2.0/24'],
  ['10.9.3.0/24', '10.9.3.192/26', '10.9.3.0/24'],
])('of %s everybody gets %s, and the first project %s', (subnet, range, first) => {
  expect(rangeForStrangers(subnet)).toBe(range);
  expect(pickPart(subnet, range, NOTHING)).toBe(first);
});

test.each(['10.9.3.0/25', 'fd00::/64', ''])('%s has no room', (subnet) => {
  expect(rangeForStrangers(subnet)).toBeUndefined();
  expect(pickPart(subnet, '10.9.3.0/26', NOTHING)).toBeUndefined();
});

test('projects get parts that overlap neither each other nor what everybody gets, until none is left', () => {
  const network = fc
    .tuple(fc.integer({ min: 18, max: 24 }), fc.nat(255), fc.nat(255))
    .map(([prefix, a, b]) => `10.${a}.${b & (256 - 2 ** Math.max(0, 24 - prefix))}.0/${prefix}`);
  fc.assert(
    fc.property(network, (subnet) => {
      const range = rangeForStrangers(subnet) ?? '';
      const taken: string[] = [];
      for (;;) {
        const part = pickPart(subnet, range, { kept: undefined, taken });
        if (part === undefined) break;
        expect(part).toMatch(/\.0\/24$/);
        expect(overlaps(part, subnet)).toBe(true);
        expect(taken.some((other) => overlaps(part, other))).toBe(false);
        taken.push(part);
      }
      const prefix = Number(subnet.split('/')[1]);
      expect(taken.length).toBe(Math.max(1, 2 ** (23 - prefix)));
    }),
  );
});

test('a project keeps its part, unless another one has it or the network is another', () => {
  const [subnet, range] = ['172.18.0.0/16', '172.18.128.0/17'];
  const kept = '172.18.7.0/24';
  expect(pickPart(subnet, range, { kept, taken: ['172.18.0.0/24'] })).toBe(kept);
  expect(pickPart(subnet, range, { kept, taken: [kept] })).toBe('172.18.0.0/24');
  expect(pickPart('172.19.0.0/16', '172.19.128.0/17', { kept, taken: [] })).toBe('172.19.0.0/24');
});

test('a range of the user’s own is left to everybody', () => {
  expect(pickPart('172.18.0.0/16', '172.18.0.0/18', NOTHING)).toBe('172.18.64.0/24');
  expect(pickPart('10.9.3.0/24', '10.9.3.0/25', NOTHING)).toBeUndefined();
});
