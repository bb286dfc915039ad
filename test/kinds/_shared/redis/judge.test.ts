import { describe, expect, test } from 'vitest';
import { judge } from '../../../../src/kinds/_shared/redis/judge.ts';
import type { RedisOptions } from '../../../../src/kinds/_shared/redis/options.ts';
import type { ServiceInput } from '../../../../src/stack/contract/model.ts';
import { serviceOf } from '../../../../src/stack/contract/model.ts';
import type { Probe } from '../../../../src/stack/contract/probe.ts';
import { builtInStack } from '../../../support/built-in-stack.ts';

const stack = await builtInStack('redis-sentinel', { runtime: 'process' });
const input = { stack, service: serviceOf(stack, 'redis') } as ServiceInput<RedisOptions>;

const master = (offset = 100): Probe => ({ role: 'master', reasons: [], facts: { offset } });
const replica = (port = 6379, offset = 100): Probe => ({
  role: 'replica',
  reasons: [],
  facts: { offset, masterAddress: `127.0.0.1:${port}` },
});
const silent: Probe = { role: undefined, reasons: ['no answer'], facts: {} };

const reasons = (...probes: readonly Probe[]): Readonly<Record<string, readonly string[]>> => {
  const table = new Map(probes.map((probe, index) => [`redis-${index + 1}`, probe]));
  return Object.fromEntries([...judge(input, table)].map(([name, judgement]) => [name, judgement.reasons]));
};

test('one master and two replicas of it', () => {
  expect(reasons(master(), replica(), replica())).toEqual({ 'redis-1': [], 'redis-2': [], 'redis-3': [] });
});

test('no master, two masters', () => {
  expect(reasons(silent, replica(), replica())).toEqual({
    'redis-2': ['no server of the group is master'],
    'redis-3': ['no server of the group is master'],
  });
  expect(reasons(master(), master(), replica())['redis-2']).toEqual(['2 servers are master: redis-1, redis-2']);
});

test('a replica of somebody else', () => {
  expect(reasons(master(), replica(), replica(6380))['redis-3']).toEqual([
    'replicates from 127.0.0.1:6380, the master is 127.0.0.1:6379',
  ]);
});

test('lag is what the master is ahead, never less than nothing', () => {
  const probes = new Map([
    ['redis-1', master(2 * 1024 ** 2)],
    ['redis-2', replica(6379, 0)],
    ['redis-3', replica(6379, 3 * 1024 ** 2)],
  ]);
  const judged = judge(input, probes);
  expect(judged.get('redis-2')).toEqual({
    reasons: ['2097152 bytes behind the master, more than 1048576'],
    facts: { lagBytes: 2 * 1024 ** 2 },
  });
  expect(judged.get('redis-3')).toEqual({ reasons: [], facts: { lagBytes: 0 } });
});

describe('beside the Sentinels', () => {
  const sentinel = (port: number): Probe => ({
    role: 'sentinel',
    reasons: [],
    facts: { masterAddress: `127.0.0.1:${port}`, epoch: 3, flags: ['master'] },
  });
  const judged = (...probes: readonly Probe[]) => {
    const table = probes.map((probe, index) => [`redis-${index + 1}`, probe] as const);
    return judge(input, new Map<string, Probe>([...table, ['sentinel-1', sentinel(6380)]]));
  };

  test('a master that they do not name is an old one, and whether it takes writes is said', () => {
    const old: Probe = { role: 'master', reasons: [], facts: { offset: 100, writable: true } };
    const found = judged(old, master(), replica(6380));
    expect(found.get('redis-1')?.reasons).toEqual([
      '2 servers are master: redis-1, redis-2',
      expect.stringMatching(/takes writes that are lost .* name redis-2 \(epoch 3\).*`stackctl restart redis-1`/),
    ]);
    expect(found.get('redis-2')?.reasons).toEqual(['2 servers are master: redis-1, redis-2']);
    // It follows the one that counts.
    expect(found.get('redis-3')?.reasons).toEqual([]);
    const fenced: Probe = { ...old, facts: { offset: 100, writable: false } };
    expect(judged(fenced, master(), replica(6380)).get('redis-1')?.reasons[1]).toMatch(/refuses writes/);
  });

  test('settings that were made risky by hand', () => {
    const risky: Probe = {
      ...replica(6380),
      facts: { ...replica(6380).facts, persistence: 'none', minReplicasToWrite: 0 },
    };
    expect(judged(risky, master(), replica(6380)).get('redis-1')?.degraded).toEqual([
      expect.stringMatching(/save "", appendonly no.*`stackctl cli redis-1 CONFIG SET appendonly yes`/),
      expect.stringMatching(/min-replicas-to-write is 0, the stack declares 1/),
    ]);
    expect(judged(risky, master(), replica(6380)).get('redis-3')?.degraded).toBeUndefined();
  });
});
