import { expect, test } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import type { Stack } from '../../../src/stack/contract/model.ts';
import { peerVariables } from '../../../src/stack/derived/peer-side.ts';
import { builtInStack } from '../../support/built-in-stack.ts';
import { allKinds, EXAMPLE_SERVICE, exampleStack } from '../../support/kinds-under-test.ts';

function shown(stack: Stack): Readonly<Record<string, string>> {
  const entries = Object.entries(peerVariables(stack));
  return Object.fromEntries(entries.map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]));
}

test('of a group with Sentinels: where they are and what they call the master, and no address that a failover changes', async () => {
  const values = { redisPassword: 'r3dis', sentinelPassword: 's3ntinel' };
  const network = { name: 'shop_default', subnet: '172.18.3.0/24', external: true } as const;
  const before = await builtInStack('redis-sentinel', { runtime: 'docker', values, decisions: { network } });
  expect(shown(before)).toEqual({
    MASTER_NAME: 'kasagi-master',
    SENTINELS: '172.18.3.33:26379,172.18.3.34:26379,172.18.3.35:26379',
    PASSWORD: 'r3dis',
    SENTINEL_PASSWORD: 's3ntinel',
  });
  expect(peerVariables(before).PASSWORD).toBeInstanceOf(Secret);
  const primaries = { redis: { instance: 'redis-2', epoch: 3 } };
  const after = await builtInStack('redis-sentinel', { runtime: 'docker', values, decisions: { network, primaries } });
  expect(shown(after)).toEqual(shown(before));
});

test.each([
  ['redis', 'HOST PORT URL'],
  ['postgres', 'DATABASE HOST PASSWORD PORT URL USER'],
  ['timescaledb', 'DATABASE HOST PASSWORD PORT URL USER'],
  ['clickhouse', 'DATABASE HOST PASSWORD PORT URL USER'],
  ['kafka', 'BROKERS HOST PORT'],
  ['app', 'HOST PORT URL'],
  ['container', 'HOST PORT PORT_FEED PORT_HTTP URL'],
])('of one %s: %s, by its address on the network', async (kind, names) => {
  const stack = await exampleStack(kind, 'docker');
  const variables = shown(stack);
  expect(Object.keys(variables).sort().join(' ')).toBe(names);
  const [instance] = stack.services.find(({ name }) => name === EXAMPLE_SERVICE)?.instances ?? [];
  expect(variables.HOST).toBe(instance?.peer.host);
  expect(variables.PORT).toBe(String(instance?.peer.port));
  if (variables.URL !== undefined) expect(variables.URL).toContain(`${instance?.peer.host}:${instance?.peer.port}`);
});

test.each(allKinds.kindNames())('%s: nothing leads to this machine, and every value is text', async (kind) => {
  for (const value of Object.values(shown(await exampleStack(kind, 'docker')))) {
    expect(value).toBeTypeOf('string');
    expect(value).not.toMatch(/127\.0\.0\.1|localhost|\[object/);
  }
});

test('of several services: the name of each stands in front', async () => {
  const variables = shown(await builtInStack('analytics', { runtime: 'docker' }));
  expect(variables).toHaveProperty('REDIS_HOST');
  expect(variables).toHaveProperty('TIMESCALEDB_HOST');
  expect(Object.keys(variables).filter((name) => /^(HOST|PORT|URL)$/.test(name))).toEqual([]);
});
