import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AllocateInput, allocate } from '../../src/lifecycle/allocate.ts';
import type { Network } from '../../src/stack/contract/model.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const KEPT = { name: 'a-111111', subnet: '172.30.1.0/24' };

/** A project that was brought up on a network, without ports. */
function recordedWith(network: Network, folder: string) {
  return {
    project: {
      identity: { name: 'a', id: 'a-111111', folder },
      record: { network, ports: {}, wantedPorts: {} },
      portWishes: () => [],
      networkName: 'a-111111',
    } as unknown as AllocateInput['project'],
    counts: {},
    asked: {},
    runtime: { addressing: 'network' } as AllocateInput['runtime'],
    mode: 'default' as const,
    registry: join(folder, 'projects'),
  };
}

/** The network that is chosen, and how often the runtime was asked which ones there are. */
async function networkOf(running: AllocateInput['running'], own: string | undefined) {
  await using folder = await folderOf({});
  let asked = 0;
  const { network } = await allocate({
    ...recordedWith(KEPT, folder.path),
    takenNetworks: async () => {
      asked++;
      return { names: new Map([[KEPT.name, own]]), subnets: [KEPT.subnet] };
    },
    running,
  });
  return { network, asked };
}

test('what runs in the recorded network shows that it is there', async () => {
  const running = [{ name: 'store-1' }, { name: 'store-2', network: KEPT.name }];
  expect(await networkOf(running, undefined)).toEqual({ network: KEPT, asked: 0 });
});

test('where nothing runs in it, the runtime is asked whose it is', async () => {
  const cutOff = [{ name: 'store-1' }, { name: 'store-2', network: 'another' }];
  expect(await networkOf(cutOff, 'a-111111')).toEqual({ network: KEPT, asked: 1 });
  const { network, asked } = await networkOf([], 'b-222222');
  expect(asked).toBe(1);
  expect(network?.name).not.toBe(KEPT.name);
  expect(network?.subnet).not.toBe(KEPT.subnet);
});

test('a network of others is joined, and kept where nobody joins one', async () => {
  await using folder = await folderOf({});
  const external = { name: 'shop_default', subnet: '172.18.3.0/24', external: true } as const;
  const asked: unknown[] = [];
  const wanted = {
    ...recordedWith(external, folder.path),
    takenNetworks: async () => {
      throw new Error('asked for networks');
    },
    running: [],
  } as const;
  const joined = { ...external, subnet: '172.18.4.0/24' };
  const joinNetwork: AllocateInput['joinNetwork'] = async (kept, others) => {
    asked.push(kept, others);
    return joined;
  };
  expect((await allocate({ ...wanted, joinNetwork })).network).toEqual(joined);
  expect(asked).toEqual([external, []]);
  expect((await allocate(wanted)).network).toEqual(external);
  const takenNetworks = async () => ({ names: new Map([[external.name, undefined]]), subnets: [] });
  const own = (await allocate({ ...wanted, takenNetworks, joinNetwork: async () => undefined })).network;
  expect(own).toEqual({ name: 'a-111111', subnet: expect.stringMatching(/\/24$/) });
});
