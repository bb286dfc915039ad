import { expect, test } from 'vitest';
import type { StackctlError } from '../../src/errors.ts';
import type { Decisions } from '../../src/stack/load/resolution.ts';
import { builtInStack } from '../support/built-in-stack.ts';
import { errorOf } from '../support/stack-fixtures.ts';

async function refusal(values: Readonly<Record<string, string>>, decisions: Decisions = {}): Promise<StackctlError> {
  const error = await errorOf(builtInStack('redis-sentinel', { runtime: 'docker', values, decisions }));
  expect(error.exitCode).toBe(2);
  return error;
}

const TOO_BIG = '99999999999';

test.each<[name: string, value: string, message: RegExp]>([
  ['save', '0 0', /must be pairs of seconds \(at least 1\) and changes/],
  ['save', `${TOO_BIG} 1`, /must be pairs of seconds/],
  ['save', '60', /must be pairs of seconds/],
  ['replicaPriority', TOO_BIG, /must be at most 2147483647/],
  ['timeoutS', TOO_BIG, /must be at most 2147483647/],
  ['tcpBacklog', TOO_BIG, /must be at most 2147483647/],
  ['tcpKeepaliveS', TOO_BIG, /must be at most 2147483647/],
  ['minReplicasToWrite', TOO_BIG, /must be at most 2147483647/],
  ['minReplicasMaxLagS', TOO_BIG, /must be at most 2147483647/],
  ['replDisklessSyncDelayS', TOO_BIG, /must be at most 2147483647/],
  ['downAfterMs', TOO_BIG, /must be at most 2147483647/],
  ['failoverTimeoutMs', TOO_BIG, /must be at most 2147483647/],
  ['parallelSyncs', TOO_BIG, /must be at most 2147483647/],
  ['quorum', '4', /must be at most 3, the number of Sentinels: .*no failover could ever happen/],
  ['maxmemory', '1tb', /must be a size such as 512mb/],
  ['maxmemoryPolicy', 'lru', /must be one of noeviction,/],
  ['appendFsync', 'sometimes', /must be one of always, everysec, no,/],
  ['healthStartInterval', 'banana', /must be a duration such as 500ms or 1s, or empty, not "banana"/],
  ['network', '', /must be letters, digits/],
  ['network', 'bad name!', /must be letters, digits/],
  ['redisImage', 'UPPER/x', /must be the name of an image, .* in lower case, not "UPPER\/x"/],
])('--set %s=%s', async (name, value, message) => {
  const error = await refusal({ [name]: value });
  expect(error.code).toBe('E_VALUE_INVALID');
  expect(error.message).toMatch(new RegExp(`--set ${name}: `));
  expect(error.message).toMatch(message);
});

test.each([
  ['save', ''],
  ['save', '900 1 300 0'],
  ['replicaPriority', '2147483647'],
  ['maxmemory', '1G'],
  ['healthStartInterval', '1m30s'],
  ['network', 'a_b.c-d'],
  ['redisImage', 'registry.example:5000/team/redis:7'],
])('%s=%j is fine', async (name, value) => {
  await expect(builtInStack('redis-sentinel', { runtime: 'docker', values: { [name]: value } })).resolves.toBeDefined();
});

test('the quorum is measured against the Sentinels that the project has', async () => {
  const counts = { sentinel: 5 };
  const five = { runtime: 'process', values: { quorum: '4' }, decisions: { counts } } as const;
  await expect(builtInStack('redis-sentinel', five)).resolves.toBeDefined();
  expect((await refusal({ quorum: '6' }, { counts })).message).toMatch(/must be at most 5/);
});

test('what is wrong in two services is reported together', async () => {
  expect((await refusal({ quorum: '4', save: '0 0' })).details.problems).toHaveLength(2);
});

test.each(['docker', 'process'] as const)('more instances than there are addresses: %s', async (runtime) => {
  for (const count of [15, 99_999_999_999]) {
    const input = { runtime, decisions: { counts: { redis: count } } };
    const error = await errorOf(builtInStack('redis-sentinel', input));
    expect(error.code).toBe('E_SCALE_REFUSED');
    expect(error.message).toBe(`redis=${count}: a service has at most 14 instances`);
  }
});
