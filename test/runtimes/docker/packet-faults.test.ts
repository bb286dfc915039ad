import { expect, it } from 'vitest';
import { withoutPackets, withRootFaults } from '../../../src/runtimes/docker/network/packet-faults.ts';

const given = (...programs: readonly string[]) => {
  const { faults, lacks } = withRootFaults(['kill'], (program) => programs.includes(program));
  return { faults: [...faults], lacks };
};

it('each fault asks for the programs that do it, and for no other', () => {
  expect(given('nsenter', 'iptables', 'iptables-restore')).toEqual({
    faults: ['kill', 'cut', 'loss', 'slow', 'read-only'],
    lacks: undefined,
  });
  const filter = "it takes root, iptables and nsenter on the Engine's machine";
  expect(given('nsenter', 'iptables')).toEqual({
    faults: ['kill', 'read-only'],
    lacks: { cut: filter, loss: filter, slow: filter },
  });
  const { faults, lacks } = given();
  expect(faults).toEqual(['kill']);
  expect(lacks).toMatchObject({ loss: filter, 'read-only': "it takes root and nsenter on the Engine's machine" });
});

it('none of them is there once it is known that the containers run elsewhere', () => {
  const { faults, lacks } = withoutPackets({ faults: new Set(['kill', 'cut', 'read-only']) });
  expect([...faults]).toEqual(['kill']);
  expect(Object.keys(lacks ?? {})).toEqual(['cut', 'loss', 'slow', 'read-only']);
});
