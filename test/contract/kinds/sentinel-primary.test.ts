import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withQuestions } from '../../../src/clients/redis/questions.ts';
import { masterView } from '../../../src/clients/redis/sentinel.ts';
import { arbiter } from '../../../src/kinds/sentinel/arbiter.ts';
import { groupName, sentinelTarget } from '../../../src/kinds/sentinel/group.ts';
import { probe } from '../../../src/kinds/sentinel/probe.ts';
import { findPrimaries } from '../../../src/lifecycle/primaries.ts';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import type { InstanceInput, Service, ServiceInput, Stack } from '../../../src/stack/contract/model.ts';
import type { Runtime } from '../../../src/stack/contract/runtime.ts';
import { type SentinelCluster, startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Long: a frozen server is not to cause a failover of its own. */
const DOWN_AFTER_MS = 60_000;
const { signal } = new AbortController();

describe('the primary of a real Sentinel group', () => {
  let cluster: SentinelCluster;
  let input: ServiceInput;

  beforeAll(async () => {
    cluster = await startSentinelCluster({ downAfterMs: DOWN_AFTER_MS, minReplicas: 0 });
    const { stack, service } = cluster.target;
    const watcher = { ...service, kind: { ...service.kind, arbiter: arbiter as NonNullable<Kind['arbiter']>, probe } };
    const services = stack.services.map((one) => (one.name === service.name ? (watcher as Service) : one));
    input = { stack: { ...stack, services }, service: watcher as Service };
    await waitFor('the group to know itself', allKnowEachOther);
  });
  afterAll(() => cluster.close());

  const views = () =>
    Promise.all(
      input.service.instances.map((sentinel) =>
        withQuestions(sentinelTarget(input, sentinel, 1000), (client) => masterView(client, groupName(input))),
      ),
    );
  /** A Sentinel that knows no other cannot fail over, and one that knows no replica has nothing to promote. */
  const allKnowEachOther = async (): Promise<boolean> => {
    const known = await views().catch(() => []);
    return known.length === 3 && known.every(({ replicas, otherSentinels }) => replicas === 2 && otherSentinels === 2);
  };

  const ask = () => arbiter.askPrimary(input as Parameters<typeof arbiter.askPrimary>[0], signal);

  /** The Sentinels keep their state in the file that they were started with. */
  const runtime: Pick<Runtime, 'readState'> = {
    readState: (name) => readFile(join(cluster.folder, name, 'server.conf'), 'utf8'),
  };
  const find = (stack: Stack = input.stack) => findPrimaries(stack, runtime as Runtime, signal);

  it('is known for sure when all of them answer, and the probes say the same', async () => {
    expect(await ask()).toEqual({ primary: { instance: 'redis-1', epoch: 0 }, isComplete: true });
    const probes = await Promise.all(
      input.service.instances.map(
        async (instance) =>
          [instance.name, await probe({ ...input, instance } as Parameters<typeof probe>[0])] as const,
      ),
    );
    const heard = arbiter.probedPrimary(input as Parameters<typeof arbiter.probedPrimary>[0], new Map(probes));
    expect(heard).toEqual(await ask());
  });

  it('is not when one of them is silent', async () => {
    await cluster.runtime.inject('sentinel-2', 'pause');
    try {
      expect(await ask()).toEqual({ primary: { instance: 'redis-1', epoch: 0 }, isComplete: false });
    } finally {
      await cluster.runtime.heal('sentinel-2', 'pause');
    }
  });

  it('is found where only one that missed the last failover answers: by what the silent ones wrote down', async () => {
    await cluster.runtime.inject('sentinel-3', 'kill');
    const [first] = input.service.instances;
    const target = sentinelTarget(input, first as InstanceInput['instance'], 1000);
    await withQuestions(target, (client) => client.call('SENTINEL', 'FAILOVER', groupName(input)));
    const primary = await waitFor('the other two to have a new master', async () => {
      const known = (await ask()).primary;
      return known !== undefined && known.epoch > 0 && known;
    });
    // It starts again while the others stand still: the kernel takes the connections, and nothing answers.
    for (const name of ['sentinel-1', 'sentinel-2']) await cluster.runtime.inject(name, 'pause');
    await cluster.runtime.heal('sentinel-3', 'kill');
    const stale = await waitFor('the one that was away', async () => {
      const answer = await ask();
      return answer.primary !== undefined && answer;
    });
    expect(stale).toEqual({ primary: { instance: 'redis-1', epoch: 0 }, isComplete: false });
    expect(primary.instance).not.toBe('redis-1');
    expect(await find()).toEqual({ redis: primary });
  });
});
