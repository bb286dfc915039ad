import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { arbiter } from '../../src/kinds/sentinel/arbiter.ts';
import { movedCluster } from '../support/moved-cluster.ts';
import { startSentinelCluster } from '../support/sentinel-cluster.ts';
import { patience, waitFor } from '../support/wait-for.ts';

test('servers that hang for good: the Sentinels give it up, writes go on, and none is lost', async () => {
  const cluster = await startSentinelCluster({ downAfterMs: 5000, minReplicas: 0, passwords: false });
  const on = movedCluster(cluster);
  try {
    const before = await on.steady();
    const others = on.others(before.instance);
    const { host, port } = on.server(before.instance).client;
    const writer = new Redis({ host, port, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    let acked = 0;
    const write = async (): Promise<void> => {
      for (;;) acked = await writer.rpush('list', String(acked));
    };
    const writing = write().catch((error: Error) => error.message);
    let askedAt = Number.POSITIVE_INFINITY;
    const moving = arbiter.handOver(
      cluster.target as Parameters<typeof arbiter.handOver>[0],
      {
        mode: 'graceful',
        onStep: (step) => {
          if (step !== 'promote') return;
          for (const { name } of others) void cluster.runtime.inject(name, 'pause');
          askedAt = performance.now();
        },
      },
      patience(),
    );
    const whileAsked = waitFor('a moment', () => performance.now() - askedAt > 1000).then(() => acked);
    await expect(moving).rejects.toMatchObject({
      code: 'E_NOT_READY',
      message: expect.stringContaining('the Sentinels have given it up'),
    });
    const paused = await whileAsked;
    // One may have come between the unpause and this line.
    expect(acked - paused).toBeLessThan(50);
    await waitFor('writes to go on', () => acked > paused + 50);
    for (const { name } of others) await cluster.runtime.heal(name, 'pause');
    expect((await on.steady()).instance).toBe(before.instance);
    const more = acked;
    await waitFor('writes to go on still', () => acked > more);
    writer.disconnect();
    await writing;
    for (const server of [on.server(before.instance), ...others])
      await waitFor(
        `all of it on ${server.name}`,
        async () => (await on.on(server, (client) => client.llen('list'))) >= acked,
      );
  } finally {
    await cluster.close();
  }
});
