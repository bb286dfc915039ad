import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../../src/failover/checker.ts';
import { asHeard, heardRead, unheardUnexplained } from '../../../src/failover/shapes/heard.ts';
import { presentIn } from '../../../src/failover/shapes/present.ts';
import { failover } from '../../../src/kinds/sentinel/failover/index.ts';
import { keyOf } from '../../../src/kinds/sentinel/failover/key.ts';
import type { WriteRecord } from '../../../src/stack/contract/failover.ts';
import { type MovedCluster, movedCluster } from '../../support/moved-cluster.ts';
import { type SentinelCluster, startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { patience, waitFor } from '../../support/wait-for.ts';

const SOUND = { lost: [], phantom: [], duplicates: [], misclassified: [], recovered: [] };

describe("what a writer of one's own writes beside the list", () => {
  let cluster: SentinelCluster;
  let group: MovedCluster;

  beforeAll(async () => {
    cluster = await startSentinelCluster({ downAfterMs: 2000, minReplicas: 0 });
    group = movedCluster(cluster);
    await group.steady();
  });
  afterAll(() => cluster.close());

  /** Writes until `enough` says so, and returns what came of it. */
  const written = async (data: string, until: (records: readonly WriteRecord[]) => Promise<unknown>) => {
    const records: WriteRecord[] = [];
    const client = { name: `raw?data=${data}`, options: { data } };
    const onRecord = (record: WriteRecord) => void records.push(record);
    const writing = await failover.startWriting(cluster.target, { runId: data, ratePerS: 200, onRecord, client });
    try {
      await until(records);
      return { records, shape: writing.shape, title: writing.title, stats: await writing.stop(2000) };
    } finally {
      await writing.close();
    }
  };
  const some = (records: readonly WriteRecord[]) => waitFor('some writes', () => records.length >= 100);
  const onMaster = async <T>(use: (client: Redis) => Promise<T>): Promise<T> =>
    group.on(group.server((await group.steady()).instance), use);

  const number = async (client: Redis, key: string) => Number(await client.get(key));
  const HELD = { set: (client: Redis, key: string) => client.scard(key), register: number, counter: number };

  it.each(['set', 'register', 'counter'] as const)(
    '%s: what is there is what was acknowledged, also by the replicas',
    async (data) => {
      const shape = data;
      const { records, stats, ...said } = await written(data, some);
      expect(said).toEqual({ shape, title: data });
      expect(records).toHaveLength(stats.sent);
      expect(await onMaster((client) => HELD[data](client, keyOf(data)))).toBe(stats.sent);
      expect(await onMaster((client) => client.ttl(keyOf(data)))).toBeGreaterThan(0);
      const read = await failover.finalRead(cluster.target, data, patience(), { withReplicas: true, shape });
      expect(read.replicas?.map(({ missing, extra }) => [missing, extra])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(check(records, presentIn(shape, records, read))).toMatchObject({ acked: stats.sent, ...SOUND });
      // The answers are the server's, and not counted here.
      const answers = records.toSorted((a, b) => a.value - b.value).map(({ answer }) => answer);
      const expected = { set: undefined, register: (value: number) => value - 1, counter: (value: number) => value }[
        shape
      ];
      expect(answers).toEqual(records.map((_, index) => expected?.(index + 1)));

      // What is not there is found, and what nobody wrote.
      await onMaster(async (client) => {
        if (shape === 'set') await client.multi().srem(keyOf(data), 5, 6).sadd(keyOf(data), 9001).exec();
        else if (shape === 'register') await client.set(keyOf(data), 90);
        else await client.incrby(keyOf(data), 3);
      });
      const later = await failover.finalRead(cluster.target, data, patience(), { shape });
      const { lost, phantom } = check(records, presentIn(shape, records, later));
      if (shape === 'set') expect({ lost, phantom }).toEqual({ lost: [5, 6], phantom: [9001] });
      if (shape === 'register') expect([lost[0], lost.length]).toEqual([91, stats.sent - 90]);
      if (shape === 'counter') expect([lost.length, phantom.length]).toEqual([0, 3]);
      await failover.cleanUp(cluster.target, data);
    },
  );

  it('messages: every one arrives, and again after a hand-over', async () => {
    let movedAt = 0;
    const { records, shape, stats } = await written('pubsub', async (records) => {
      await some(records);
      movedAt = performance.now();
      await group.move();
      const before = records.length;
      await waitFor('somebody to hear them again', () =>
        records.slice(before).some(({ outcome, answer }) => outcome === 'acked' && answer === 1),
      );
    });
    expect(shape).toBe('pubsub');
    const read = heardRead(stats);
    const { lost, phantom, duplicates } = check(records, read.values);
    expect({ phantom, duplicates }).toEqual({ phantom: [], duplicates: [] });
    // Gone is only what was sent between the two connections of the subscriber.
    const arrivals = asHeard(records, read);
    expect(unheardUnexplained(lost, records, read.away ?? [], movedAt)).toBe(0);
    expect(read.away).toHaveLength(1);
    const heard = arrivals.filter(({ outcome }) => outcome === 'acked');
    expect(heard.length).toBeGreaterThan(100);
    for (const { completed, invoked } of heard) expect(completed).toBeGreaterThanOrEqual(invoked);
  });
});
