import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withRedis } from '../../../src/clients/redis/connect.ts';
import { memberViews } from '../../../src/clients/redis/sentinel.ts';
import { arbiter } from '../../../src/kinds/sentinel/arbiter.ts';
import { failover } from '../../../src/kinds/sentinel/failover/index.ts';
import { groupName, members, memberTarget } from '../../../src/kinds/sentinel/group.ts';
import { announce, type KnownSentinel } from '../../../src/kinds/sentinel/hand-over/hello.ts';
import { openLinks } from '../../../src/kinds/sentinel/hand-over/links.ts';
import type { HandOverWish } from '../../../src/stack/contract/arbiter.ts';
import type { Instance } from '../../../src/stack/contract/model.ts';
import { movedCluster } from '../../support/moved-cluster.ts';
import { gateRounds } from '../../support/require.ts';
import { type SentinelCluster, startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { patience, waitFor } from '../../support/wait-for.ts';

const DOWN_AFTER_MS = 2000;
const QUORUM = 2;

describe('a hand-over in a real Sentinel group', () => {
  let cluster: SentinelCluster;

  beforeAll(async () => {
    cluster = await startSentinelCluster({ downAfterMs: DOWN_AFTER_MS, minReplicas: 1 });
    await steady();
  });
  afterAll(() => cluster.close());

  const steady = () => failover.steady(cluster.target, AbortSignal.timeout(60_000));

  const move = (wish: HandOverWish = {}) => movedCluster(cluster).move(wish);

  const views = () => movedCluster(cluster).views();

  const newest = () => arbiter.askPrimary(sentinels(), patience());

  const sentinels = () => cluster.target as Parameters<typeof arbiter.handOver>[0];

  const onMember = <T>(instance: Instance, use: Parameters<typeof withRedis<T>>[1]) =>
    withRedis(memberTarget(cluster.target, instance, 1000), use);

  const memberNamed = (name: string): Instance => {
    const found = members(cluster.target).find((instance) => instance.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };

  const keysLeft = async () =>
    (await Promise.all(members(cluster.target).map((one) => onMember(one, (client) => client.dbsize())))).join();

  /** Refused, with this among the reasons, and nothing is another than before. */
  const refuses = async (wish: HandOverWish, reason: RegExp) => {
    const before = await newest();
    await expect(move({ mode: 'express', ...wish })).rejects.toMatchObject({
      code: 'E_NOT_READY',
      message: expect.stringMatching(reason),
      hint: expect.stringContaining('Nothing was changed'),
    });
    expect(await newest()).toEqual(before);
  };

  it('express: nothing lost, the replicas get only what they missed, and every Sentinel keeps its settings', async () => {
    for (const _round of gateRounds([1, 2], [1, 2, 3, 4])) {
      const before = await steady();
      const report = await move();
      expect(report).toMatchObject({
        mode: 'express',
        from: before.instance,
        figures: { lost: 0, phantom: 0, duplicates: 0, misclassified: 0 },
        resyncs: { full: 0, partial: members(cluster.target).length - 1 },
      });
      expect(report.figures?.acked).toBeGreaterThan(20);
      expect(report.primary.epoch).toBeGreaterThan(before.epoch);
      expect(await steady()).toEqual(report.primary);
      for (const view of await views())
        expect(view).toMatchObject({ epoch: report.primary.epoch, quorum: QUORUM, replicas: 2, otherSentinels: 2 });
      expect(await keysLeft()).toBe('0,0,0');
    }
  });

  it('express to a server that is named', async () => {
    const { instance } = await steady();
    const wanted = members(cluster.target).findLast(({ name }) => name !== instance);
    const report = await move({ to: wanted });
    expect(report.primary.instance).toBe(wanted?.name);
    expect((await steady()).instance).toBe(wanted?.name);
  });

  it('a server that is killed right after an express is replaced, by the settings of before', async () => {
    const { primary } = await move();
    await cluster.runtime.inject(primary.instance, 'kill');
    // With settings that were lost, these would be Sentinel's default of 30 s.
    expect(new Set((await views()).map(({ downAfterMs }) => downAfterMs))).toEqual(new Set([DOWN_AFTER_MS]));
    await waitFor('another master', async () => (await views()).every(({ epoch }) => epoch > primary.epoch));
    await cluster.runtime.heal(primary.instance, 'kill');
    expect((await steady()).epoch).toBeGreaterThan(primary.epoch);
  });

  it('an epoch that is only announced changes nothing, and the next election counts on from it', async () => {
    const { instance, epoch } = await steady();
    const before = await views();
    const group = groupName(sentinels());
    const address = memberNamed(instance).peer;
    const links = await openLinks(sentinels());
    for (const link of links.sentinels) {
      const [teller] = await memberViews(link.client, 'SENTINELS', group);
      await announce(link, teller as KnownSentinel, { group, address, epoch: epoch + 100 });
    }
    links.close();
    expect(await views()).toEqual(before);
    await cluster.runtime.inject(instance, 'kill');
    await waitFor('another master', async () => (await views()).every((view) => view.epoch > epoch + 100));
    await cluster.runtime.heal(instance, 'kill');
    await steady();
  });

  it('graceful: nothing lost', async () => {
    const { instance } = await steady();
    const report = await move({ mode: 'graceful' });
    expect(report).toMatchObject({ mode: 'graceful', from: instance, figures: { lost: 0, phantom: 0 } });
    expect((await steady()).instance).toBe(report.primary.instance);
  });

  it('stock loses acknowledged writes, and says so', async () => {
    const report = await move({ mode: 'stock' });
    expect(report.figures?.lost).toBeGreaterThan(0);
    expect(report.figures?.lostRanges.every(({ node }) => node === report.from)).toBe(true);
    expect((await steady()).instance).toBe(report.primary.instance);
    expect(await keysLeft()).toBe('0,0,0');
  });

  it('refuses a replica that must never be promoted, one that is not there, and the master itself', async () => {
    const { instance } = await steady();
    const [first, second] = members(cluster.target).filter(({ name }) => name !== instance);
    if (first === undefined || second === undefined) throw new Error('no replicas');
    await onMember(first, (client) => client.config('SET', 'replica-priority', '0'));
    await refuses({ to: first }, new RegExp(`${first.name}: replica-priority 0`));
    await refuses({ avoid: [second] }, new RegExp(`${second.name}: it is to go away`));
    await refuses({ to: memberNamed(instance) }, /is no replica that could take over/);
    await onMember(first, (client) => client.config('SET', 'replica-priority', '100'));
  });

  it('a replica that stays behind is no new master, and writes go on', async () => {
    const { instance } = await steady();
    const [first, second] = members(cluster.target).filter(({ name }) => name !== instance);
    if (first === undefined || second === undefined) throw new Error('no replicas');
    const begun = vi.fn();
    // Frozen once writes are paused: it can neither catch up nor answer.
    const freeze = (step: string): void => {
      begun(step);
      if (step === 'pause') void cluster.runtime.inject(first.name, 'pause');
    };
    const moving = arbiter.handOver(sentinels(), { mode: 'express', to: first, onStep: freeze }, patience());
    await expect(moving).rejects.toThrow();
    expect(begun).not.toHaveBeenCalledWith('promote');
    await onMember(memberNamed(instance), (client) => client.set('after', '1'));
    await onMember(memberNamed(instance), (client) => client.del('after'));
    await cluster.runtime.heal(first.name, 'pause');
    expect((await steady()).instance).toBe(instance);
  });
});
