import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arbiter } from '../../../src/kinds/sentinel/arbiter.ts';
import type { HandOverMode, HandOverStep } from '../../../src/stack/contract/arbiter.ts';
import type { Instance } from '../../../src/stack/contract/model.ts';
import { type MovedCluster, movedCluster } from '../../support/moved-cluster.ts';
import { type SentinelCluster, startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { patience, waitFor } from '../../support/wait-for.ts';

/** Longer than a command is given, shorter than what makes the Sentinels act. */
const SCRIPT_MS = 1500;
/** Longer than the pause of the writes, shorter than what the Sentinels wait for the server that they chose. */
const HANG_MS = 8500;
const BIG = 50 * 1024 * 1024;

describe('a hand-over while clients do what takes long', () => {
  let cluster: SentinelCluster;
  let on: MovedCluster;
  const open: Redis[] = [];

  beforeAll(async () => {
    cluster = await startSentinelCluster({ downAfterMs: 5000, minReplicas: 1, passwords: false });
    on = movedCluster(cluster);
  });
  afterAll(async () => {
    for (const client of open) client.disconnect();
    await cluster.close();
  });

  /** A client that never tries again, without time limits. */
  const clientOf = async ({ client: { host, port } }: Instance): Promise<Redis> => {
    const client = new Redis({ host, port, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    open.push(client);
    await client.connect();
    return client;
  };

  const handOver = (onStep: (step: HandOverStep) => void = () => undefined, mode: HandOverMode = 'express') =>
    arbiter.handOver(cluster.target as Parameters<typeof arbiter.handOver>[0], { mode, onStep }, patience());

  /** Keeps a server busy: it answers nobody. @returns what the script says in the end. */
  const occupy = (client: Redis, forMs: number): Promise<unknown> => {
    const script = `local begun = redis.call('TIME')
      repeat local now = redis.call('TIME')
      until (now[1] - begun[1]) * 1000 + (now[2] - begun[2]) / 1000 > ${forMs}`;
    return client.eval(script, 0).catch((error: Error) => error.message);
  };

  it('clients that wait in BLPOP, XREAD and WAIT are answered', async () => {
    const master = on.server((await on.steady()).instance);
    const clients = await Promise.all([1, 2, 3].map(() => clientOf(master)));
    await clients[2]?.set('waited', '1');
    const ends = [
      clients[0]?.blpop('nothing', 0),
      clients[1]?.xread('BLOCK', 0, 'STREAMS', 'nowhere', '$'),
      clients[2]?.wait(9, 0),
    ].map((one) => one?.then(String, (error: Error) => error.message));
    const report = await on.move();
    expect(report).toMatchObject({ figures: { lost: 0, misclassified: 0 }, resyncs: { full: 0 } });
    const words = await Promise.all(ends);
    expect(words).toHaveLength(3);
    for (const each of words) expect(each).toMatch(/^UNBLOCKED|closed/);
    await on.on(on.server(report.primary.instance), (client) => client.del('waited'));
  });

  it('a master that is busy with a script refuses, and writes go on', async () => {
    const before = await on.steady();
    const client = await clientOf(on.server(before.instance));
    await client.config('SET', 'lua-time-limit', '100');
    const done = occupy(client, 2 * SCRIPT_MS);
    await expect(handOver()).rejects.toMatchObject({
      code: 'E_NOT_READY',
      message: expect.stringContaining(before.instance),
      hint: expect.stringContaining('Nothing was changed'),
    });
    await done;
    await client.config('SET', 'lua-time-limit', '5000');
    expect(await on.steady()).toEqual(before);
  });

  it.each<HandOverStep>(['pause', 'catch-up', 'promote', 'tell'])(
    'a script that begins with the step %s: moved, or as before with the reason',
    async (when) => {
      const before = await on.steady();
      const master = on.server(before.instance);
      const others = on.others(before.instance);
      const ready = await clientOf(master);
      await ready.set('kept', when);
      await ready.wait(others.length, 1000);
      let busy: Promise<unknown> | undefined;
      const end = await handOver((step) => {
        if (step === when) busy = occupy(ready, SCRIPT_MS);
      }).then(
        ({ primary }) => primary.instance,
        (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
      );
      await busy;
      const after = await on.steady();
      if (end.startsWith('E_')) expect(end).toMatch(/^E_NOT_READY/);
      else expect(after.instance).toBe(end);
      await on.on(on.server(after.instance), async (client) => {
        expect(await client.get('kept')).toBe(when);
        expect(await client.set('after', when)).toBe('OK');
        await client.del('kept', 'after');
      });
    },
  );

  it('graceful, and the servers to choose from hang: writes wait until the Sentinels have moved, however long they take', async () => {
    const before = await on.steady();
    const others = on.others(before.instance);
    const writer = await clientOf(on.server(before.instance));
    let acked = 0;
    const write = async (): Promise<void> => {
      for (;;) acked = await writer.rpush('list', String(acked));
    };
    const writing = write().catch((error: Error) => error.message);
    let askedAt = Number.POSITIVE_INFINITY;
    const moved = handOver((step) => {
      if (step !== 'promote') return;
      for (const { name } of others) void cluster.runtime.inject(name, 'pause');
      askedAt = performance.now();
    }, 'graceful');
    await waitFor('longer than a failover takes', () => performance.now() - askedAt > HANG_MS);
    const ackedBefore = acked;
    for (const { name } of others) await cluster.runtime.heal(name, 'pause');
    const { primary } = await moved;
    await writing;
    expect(acked).toBe(ackedBefore);
    expect(primary.instance).not.toBe(before.instance);
    expect((await on.steady()).instance).toBe(primary.instance);
    await on.on(on.server(primary.instance), async (client) => {
      expect(await client.llen('list')).toBeGreaterThanOrEqual(acked);
      await client.del('list');
    });
  });

  it('values of 50 MB: each that was acknowledged is there', async () => {
    const value = Buffer.alloc(BIG, 'x');
    for (let round = 0; round < 4; round++) {
      const before = await on.steady();
      const writer = await clientOf(on.server(before.instance));
      const acked: string[] = [];
      let count = 0;
      const write = async (): Promise<void> => {
        for (;;) {
          const key = `big:${count++ % 4}`;
          if ((await writer.set(key, value)) === 'OK') acked.push(key);
        }
      };
      const writing = write().catch((error: Error) => error.message);
      await waitFor('two big values', () => acked.length > 1);
      const end = await handOver().then(
        ({ primary, resyncs }) => ({ to: primary.instance, resyncs }),
        (error: Error & { code?: string }) => ({ refused: `${error.code}: ${error.message}` }),
      );
      if ('refused' in end) writer.disconnect();
      await writing;
      if ('refused' in end) expect(end.refused).toMatch(/^E_NOT_READY/);
      const after = await on.steady();
      expect(after.instance).toBe('to' in end ? end.to : before.instance);
      await on.on(on.server(after.instance), async (client) => {
        for (const key of new Set(acked)) expect(await client.strlen(key)).toBe(BIG);
        await client.unlink('big:0', 'big:1', 'big:2', 'big:3');
      });
    }
  });
});
