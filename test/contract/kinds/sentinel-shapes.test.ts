import { expect, test } from 'vitest';
import { members } from '../../../src/kinds/sentinel/group.ts';
import type { HandOverMode, HandOverWish } from '../../../src/stack/contract/arbiter.ts';
import { type MovedCluster, movedCluster } from '../../support/moved-cluster.ts';
import { canRun, programPath, REDIS_6, REDIS_8 } from '../../support/need.ts';
import { gateRounds } from '../../support/require.ts';
import { type ClusterOptions, type SentinelCluster, startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';

const DOWN_AFTER_MS = 2000;

/** Those that lose nothing. */
const MODES: readonly HandOverMode[] = ['express', 'graceful'];

const inCluster = async (
  shape: Partial<ClusterOptions>,
  work: (cluster: SentinelCluster, on: MovedCluster) => Promise<void>,
): Promise<void> => {
  const cluster = await startSentinelCluster({ downAfterMs: DOWN_AFTER_MS, minReplicas: 1, ...shape });
  try {
    await work(cluster, movedCluster(cluster));
  } finally {
    await cluster.close();
  }
};

const NOTHING_LOST = { lost: 0, phantom: 0, duplicates: 0, misclassified: 0 };

type Shape = readonly [string, Partial<ClusterOptions>, 'express' | 'graceful'];

const SMALLEST: readonly Shape[] = [
  ['1 Sentinel', { sentinels: 1, quorum: 1 }, 'graceful'],
  ['1 replica', { servers: 2 }, 'express'],
  ['Valkey', { program: programPath('valkey-server') }, 'express'],
  ['5 Sentinels', { sentinels: 5, quorum: 3 }, 'express'],
];

const SHAPES: readonly Shape[] = [
  ...SMALLEST,
  ['2 Sentinels', { sentinels: 2 }, 'express'],
  ['4 replicas', { servers: 5 }, 'express'],
  ['no passwords', { passwords: false }, 'express'],
  ['Redis 6.2', { program: REDIS_6 }, 'express'],
  ['Redis 8', { program: REDIS_8 }, 'express'],
];

test.concurrent.each(gateRounds(SMALLEST, SHAPES))(
  '%s: moved without a loss, and the new master is replaced when it dies',
  async (_, shape, mode) => {
    if (shape.program !== undefined && !canRun(shape.program)) return;
    // With one replica a dead master leaves none, and nobody could write.
    const minReplicas = shape.servers === 2 ? 0 : 1;
    await inCluster({ ...shape, minReplicas }, async (cluster, on) => {
      const before = await on.steady();
      const report = await on.move();
      const replicas = members(cluster.target).length - 1;
      expect(report).toMatchObject({ mode, from: before.instance, leftOut: [], figures: NOTHING_LOST });
      if (mode === 'express') expect(report.resyncs).toEqual({ full: 0, partial: replicas });
      expect(report.figures?.acked).toBeGreaterThan(20);
      expect(on.warnings()).toEqual([]);
      const after = await on.steady();
      expect(after).toEqual(report.primary);
      expect(new Set((await on.views()).map(({ epoch, address }) => `${epoch} ${address}`)).size).toBe(1);

      await cluster.runtime.inject(after.instance, 'kill');
      await waitFor('another master', async () => (await on.views()).every(({ epoch }) => epoch > after.epoch));
      await cluster.runtime.heal(after.instance, 'kill');
      expect((await on.steady()).instance).not.toBe(after.instance);
    });
  },
);

type Absence = readonly ['redis' | 'sentinel', 'kill' | 'pause'];

/** Each mode, sort and fault. */
const EACH_ONCE: readonly (readonly [HandOverMode, ...Absence])[] = [
  ['express', 'redis', 'kill'],
  ['express', 'sentinel', 'pause'],
  ['graceful', 'redis', 'pause'],
  ['graceful', 'sentinel', 'kill'],
];

const ABSENCES: typeof EACH_ONCE = [
  ...EACH_ONCE,
  ['express', 'redis', 'pause'],
  ['express', 'sentinel', 'kill'],
  ['graceful', 'redis', 'kill'],
];

test.concurrent.each(gateRounds(EACH_ONCE, ABSENCES))(
  '%s without a %s (%s): named in a warning, nothing lost, and it follows when it is back',
  (mode, sort, fault) =>
    inCluster({}, async (cluster, on) => {
      const before = await on.steady();
      const [absent] = sort === 'redis' ? on.others(before.instance) : cluster.target.service.instances;
      if (absent === undefined) throw new Error('nothing to miss');
      await cluster.runtime.inject(absent.name, fault);
      const report = await on.move({ mode });
      expect(report).toMatchObject({ mode, from: before.instance, leftOut: [absent.name], figures: NOTHING_LOST });
      if (mode === 'express') expect(report.resyncs?.full).toBe(0);
      expect(report.primary.instance).not.toBe(absent.name);
      expect(on.warnings()).toEqual([expect.stringMatching(`^${absent.name} does not answer: .*goes on without it`)]);
      await cluster.runtime.heal(absent.name, fault);
      expect(await on.steady()).toEqual(report.primary);
      expect(new Set((await on.views()).map(({ epoch }) => epoch))).toEqual(new Set([report.primary.epoch]));
    }),
);

test.concurrent('refused: what is missing could choose another master, or is what was asked for', () =>
  inCluster({}, async (cluster, on) => {
    const before = await on.steady();
    const refuses = async (wish: HandOverWish, reason: RegExp): Promise<void> => {
      await expect(on.move(wish)).rejects.toMatchObject({
        code: 'E_NOT_READY',
        message: expect.stringMatching(reason),
        hint: expect.stringContaining('Nothing was changed'),
      });
    };
    const [replica] = on.others(before.instance);
    await cluster.runtime.inject(replica?.name ?? '', 'kill');
    for (const mode of MODES) await refuses({ mode, to: replica }, new RegExp(`${replica?.name}.*(no|not) answer`));
    const [first, second] = cluster.target.service.instances.map(({ name }) => name);
    await cluster.runtime.inject(first ?? '', 'kill');
    await cluster.runtime.inject(second ?? '', 'pause');
    for (const mode of MODES)
      await refuses(
        { mode },
        new RegExp(`${first} does not answer.*${second} does not answer.*1 of 3 Sentinels answer, 2`),
      );
    await cluster.runtime.heal(second ?? '', 'pause');
    await cluster.runtime.heal(replica?.name ?? '', 'kill');
    await cluster.runtime.heal(first ?? '', 'kill');
    expect(await on.steady()).toEqual(before);
  }));

test.concurrent.each<[string, string, RegExp]>([
  ['rename-command', 'rename-command REPLICAOF ""', /redis-1, redis-2, redis-3: REPLICAOF is refused.*rename-command/],
  ['rename-command', 'rename-command CLIENT hidden', /CLIENT PAUSE is refused.*CLIENT KILL is refused/],
  ['ACL', 'user default on nopass ~* &* +@all -replicaof', /REPLICAOF is refused.*`default`/],
  ['ACL', 'user default on nopass ~* &* +@all -client|pause', /CLIENT PAUSE is refused/],
])('refused before anything changes: %s, %s', (_, line, reason) =>
  inCluster({ passwords: false, redisLines: [line] }, async (cluster, on) => {
    await waitFor('three Sentinels', async () => {
      const views = await on.views();
      return views.length === 3 && views.every(({ otherSentinels }) => otherSentinels === 2);
    });
    const before = await on.views();
    for (const mode of MODES) {
      const refusal = { code: 'E_NOT_READY', message: expect.stringMatching(reason) };
      await expect(on.move({ mode })).rejects.toMatchObject(refusal);
    }
    expect((await on.views()).map(({ epoch, address }) => ({ epoch, address }))).toEqual(
      before.map(({ epoch, address }) => ({ epoch, address })),
    );
    expect(members(cluster.target)).toHaveLength(3);
  }),
);

test.concurrent('without CONFIG the master moves, and a warning says what is not written down', () =>
  inCluster({ redisLines: ['rename-command CONFIG ""'] }, async (_, on) => {
    await on.steady();
    const report = await on.move();
    expect(report).toMatchObject({ mode: 'express', figures: NOTHING_LOST, resyncs: { full: 0, partial: 2 } });
    expect(on.warnings()).toHaveLength(3);
    expect(on.warnings()[0]).toContain('CONFIG REWRITE');
    expect(await on.steady()).toEqual(report.primary);
  }));
