import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { arbiter } from '../../../src/kinds/sentinel/arbiter.ts';
import { notCoordinated } from '../../../src/kinds/sentinel/hand-over/coordinated.ts';
import { defined } from '../../../src/lib/defined.ts';
import { type MovedCluster, movedCluster } from '../../support/moved-cluster.ts';
import { canRun, programPath, VALKEY_9 } from '../../support/need.ts';
import { gateRounds } from '../../support/require.ts';
import { type SentinelCluster, startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { patience } from '../../support/wait-for.ts';

describe.skipIf(!canRun(VALKEY_9))('a coordinated hand-over, with Valkey 9', () => {
  let cluster: SentinelCluster;
  let group: MovedCluster;

  beforeAll(async () => {
    cluster = await startSentinelCluster({ downAfterMs: 5000, minReplicas: 0, program: VALKEY_9 });
    group = movedCluster(cluster);
    await group.steady();
  });
  afterAll(() => cluster.close());

  it('nothing is lost, the replicas get only what they missed, and all follow the new master', async () => {
    const before = await group.steady();
    const report = await group.move({ mode: 'coordinated' });
    expect(report).toMatchObject({
      ...{ mode: 'coordinated', from: before.instance },
      ...{ figures: { lost: 0, phantom: 0, duplicates: 0, misclassified: 0 }, resyncs: { full: 0, partial: 2 } },
    });
    expect(report.figures?.acked).toBeGreaterThan(20);
    expect(await group.steady()).toEqual(report.primary);
    const roleOf = (name: string) => group.on(group.server(name), (client) => client.role());
    expect((await roleOf(report.primary.instance))[0]).toBe('master');
    for (const { name } of group.others(report.primary.instance)) expect((await roleOf(name))[0]).toBe('slave');
  });

  it('the Sentinels choose the new master', async () => {
    const { instance } = await group.steady();
    const [to] = group.others(instance);
    await expect(group.move({ mode: 'coordinated', to })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'with --mode coordinated the Sentinels choose the new master',
    });
  });

  it('a master that may not be asked is named before anything is done', async () => {
    const before = await group.steady();
    const refuse = (rule: string) =>
      group.on(group.server(before.instance), (client) => client.call('ACL', 'SETUSER', 'default', rule));
    await refuse('-failover');
    try {
      await expect(group.move({ mode: 'coordinated' })).rejects.toMatchObject({
        code: 'E_NOT_READY',
        message: expect.stringContaining(`${before.instance}: FAILOVER is refused`),
      });
    } finally {
      await refuse('+failover');
    }
    expect(await group.steady()).toEqual(before);
  });

  const handOver = (onStep?: (step: string) => void) =>
    arbiter.handOver(
      cluster.target as Parameters<typeof arbiter.handOver>[0],
      { mode: 'coordinated', ...defined({ onStep }) },
      patience(),
    );

  it('a master that does not answer is named, and no Sentinel is asked', async () => {
    const before = await group.steady();
    await cluster.runtime.inject(before.instance, 'pause');
    try {
      await expect(handOver()).rejects.toMatchObject({
        code: 'E_NOT_READY',
        message: expect.stringContaining(`${before.instance} does not answer`),
        hint: expect.stringContaining('Nothing was changed'),
      });
    } finally {
      await cluster.runtime.heal(before.instance, 'pause');
    }
    await group.steady();
  });

  it('when no replica is in step in time, the Sentinels give it up, and the master takes writes', async () => {
    const before = await group.steady();
    const replicas = group.others(before.instance);
    const begun = vi.fn();
    let frozen: Promise<unknown> = Promise.resolve();
    const freeze = (step: string): void => {
      begun(step);
      if (step === 'promote') frozen = Promise.all(replicas.map(({ name }) => cluster.runtime.inject(name, 'pause')));
    };
    try {
      await expect(handOver(freeze)).rejects.toMatchObject({
        code: 'E_NOT_READY',
        message: expect.stringContaining('the Sentinels have given it up'),
      });
    } finally {
      await frozen;
      for (const { name } of replicas) await cluster.runtime.heal(name, 'pause');
    }
    expect(begun).toHaveBeenCalledWith('promote');
    expect((await group.steady()).instance).toBe(before.instance);
    await group.on(group.server(before.instance), (client) => client.set('after', '1').then(() => client.del('after')));
  });
});

describe.each(gateRounds(['redis-server'], ['redis-server', 'valkey-server']))(
  '%s, whose Sentinels do not know it',
  (name) => {
    it.skipIf(!canRun(name))('is named with its version, and nothing is changed', async () => {
      const cluster = await startSentinelCluster({ downAfterMs: 2000, minReplicas: 1, program: programPath(name) });
      try {
        const group = movedCluster(cluster);
        const before = await group.steady();
        const reason = /^it takes Sentinels of Valkey 9 or newer, and sentinel-\d is of (Redis|Valkey) \d+\.\d+\.\d+$/;
        expect(await notCoordinated(cluster.target)).toMatch(reason);
        await expect(group.move({ mode: 'coordinated' })).rejects.toMatchObject({
          code: 'E_USAGE',
          message: expect.stringContaining('no coordinated failover: it takes'),
          hint: expect.stringContaining('Nothing was changed'),
        });
        expect(await group.steady()).toEqual(before);
      } finally {
        await cluster.close();
      }
    });
  },
);
