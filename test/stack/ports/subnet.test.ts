import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pickNetworkName } from '../../../src/stack/ports/network-name.ts';
import { overlaps, pickSubnet } from '../../../src/stack/ports/subnet.ts';

const cidr = fc
  .tuple(fc.constantFrom('172', '10', '192'), fc.nat(255), fc.nat(255), fc.nat(255), fc.integer({ min: 8, max: 32 }))
  .map(([a, b, c, d, prefix]) => `${a}.${b}.${c}.${d}/${prefix}`)
  .filter((one) => !one.startsWith('10.') || Number(one.split('/')[1]) > 10);

test('a picked subnet is a private /24, overlaps nothing, and is picked again', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(cidr, { maxLength: 20 }), (id, taken) => {
      const picked = pickSubnet(id, taken);
      expect(picked).toMatch(/\.0\/24$/);
      expect(['172.16.0.0/12', '10.0.0.0/8'].some((pool) => overlaps(pool, picked))).toBe(true);
      for (const other of taken) expect(overlaps(picked, other)).toBe(false);
      expect(pickSubnet(id, taken)).toBe(picked);
    }),
  );
});

test('goes on in 10.0.0.0/8 when the first pool is full, and says when both are', () => {
  expect(pickSubnet('a', ['172.16.0.0/12'])).toMatch(/^10\./);
  expect(() => pickSubnet('a', ['172.16.0.0/12', '10.0.0.0/8'])).toThrow(/in use/);
});

test('a default route and IPv6 take nothing', () => {
  const free = pickSubnet('a', []);
  expect(pickSubnet('a', ['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', 'fd00::/8', 'default'])).toBe(free);
});

test('a second project of the same network name gets its own', () => {
  const taken = new Map([
    ['ours', 'a-1'],
    ['theirs', 'b-2'],
    ['strange', undefined],
    ['strange-a-1', undefined],
  ]);
  expect(pickNetworkName('free', 'a-1', taken)).toBe('free');
  expect(pickNetworkName('ours', 'a-1', taken)).toBe('ours');
  expect(pickNetworkName('theirs', 'a-1', taken)).toBe('theirs-a-1');
  expect(pickNetworkName('strange', 'a-1', taken)).toBe('strange-a-1-2');
});
