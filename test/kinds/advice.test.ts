import { expect, test } from 'vitest';
import { serviceOf } from '../../src/stack/contract/model.ts';
import type { Decisions } from '../../src/stack/load/resolution.ts';
import { builtInStack } from '../support/built-in-stack.ts';

async function advice(values: Readonly<Record<string, string>>, decisions?: Decisions): Promise<readonly string[]> {
  const input = { runtime: 'process', values, ...(decisions === undefined ? {} : { decisions }) } as const;
  const stack = await builtInStack('redis-sentinel', input);
  return stack.services.flatMap((service) => service.kind.advise?.({ stack, service }) ?? []).map(({ text }) => text);
}

test('the defaults need no advice', async () => {
  expect(await advice({})).toEqual([]);
  expect(await advice({ downAfterMs: '1500', failoverTimeoutMs: '60000' })).toEqual([]);
});

test.each<[Readonly<Record<string, string>>, Decisions | undefined, RegExp]>([
  [{ downAfterMs: '1499' }, undefined, /downAfterMs 1499 is below 1500: .*8 of 8 kills at 300 ms/],
  [{ quorum: '3' }, undefined, /quorum 3 is above the majority of 2: 1 Sentinels? down/],
  [{ quorum: '1' }, undefined, /quorum 1 of 3 Sentinels: .* 2 is the majority/],
  [{ failoverTimeoutMs: '180000' }, undefined, /failoverTimeoutMs 180000: .*waits twice as long/],
  [{}, { counts: { sentinel: 4 } }, /4 Sentinels survive the loss of 1, no more than 3 would/],
  [{ quorum: '1' }, { counts: { sentinel: 1 } }, /with 1 Sentinels? the loss of one leaves no majority/],
  [{ minReplicasToWrite: '0' }, undefined, /minReplicasToWrite 0 .* about 2\.1 s/],
  [{ replicaPriority: '0' }, undefined, /replicaPriority 0 on every server .* no failover can happen/],
  [{ minReplicasToWrite: '3' }, undefined, /minReplicasToWrite 3 with 2 replicas refuses every write/],
  [{ appendOnly: 'false', save: '' }, undefined, /without persistence a master that crashes/],
])('%j %j', async (values, decisions, text) => {
  expect(await advice(values, decisions)).toEqual([expect.stringMatching(text)]);
});

test('scaling below what the settings need is refused with the reason', async () => {
  const stack = await builtInStack('redis-sentinel', { runtime: 'process' });
  const refuse = (name: string, count: number) => {
    const service = serviceOf(stack, name);
    return service.kind.refuseScale?.({ stack, service }, count);
  };
  expect(refuse('redis', 1)).toEqual(['minReplicasToWrite 1 needs 2 servers, or every write is refused']);
  expect(refuse('redis', 2)).toEqual([]);
  expect(refuse('sentinel', 1)).toEqual(['quorum is 2: 1 Sentinels could never agree that the master is down']);
  expect(refuse('sentinel', 2)).toEqual([]);
});
