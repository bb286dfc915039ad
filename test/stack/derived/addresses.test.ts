import { expect, test } from 'vitest';
import type { RuntimeFacts } from '../../../src/stack/contract/runtime-facts.ts';
import { addressesOf } from '../../../src/stack/derived/addresses.ts';
import { DOCKER, PROCESS } from '../../support/runtime-facts.ts';

const port = { name: 'main', inside: 6379, host: 7001 };
const pair = (runtime: RuntimeFacts, serviceIndex: number, instanceIndex: number) =>
  addressesOf({ runtime, serviceIndex, instanceIndex, subnet: '172.30.7.0/24', port, peerPort: port, name: undefined });

test('process: one address for everybody', () => {
  const { peer, client } = pair(PROCESS, 20, 20);
  expect(peer).toEqual({ host: '127.0.0.1', port: 7001 });
  expect(client).toEqual(peer);
});

test('docker: an IP that follows from the place in the stack, and the published port', () => {
  expect(pair(DOCKER, 0, 1)).toEqual({
    peer: { host: '172.30.7.17', port: 6379 },
    client: { host: '127.0.0.1', port: 7001 },
  });
  expect(pair(DOCKER, 13, 14).peer.host).toBe('172.30.7.238');
});

test('docker: replicas are found by the name of their service', () => {
  const place = { serviceIndex: 1, instanceIndex: 2, subnet: '172.30.7.0/24', port, peerPort: port, name: 'backend' };
  expect(addressesOf({ runtime: DOCKER, ...place })).toEqual({
    peer: { host: 'backend', port: 6379 },
    client: { host: '127.0.0.1', port: 7001 },
  });
});

test('docker: no two places share an IP', () => {
  const hosts = Array.from({ length: 14 }, (_, service) =>
    Array.from({ length: 14 }, (_, instance) => pair(DOCKER, service, instance + 1).peer.host),
  ).flat();
  expect(new Set(hosts).size).toBe(196);
});

test.each([
  [14, 1],
  [0, 15],
])('docker: service %i, instance %i does not fit', (service, instance) => {
  expect(() => pair(DOCKER, service, instance)).toThrow(/at most 14 services of 14 instances/);
});
