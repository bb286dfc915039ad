import { describe, expect, test } from 'vitest';
import type { StatusView } from '../../src/lifecycle/status.ts';
import { ioredisOptions, startWriter } from '../support/client-side.ts';
import { cutPower } from '../support/crash.ts';
import { FAST, ok, openTestProject, portOf, type TestProject, withRole } from '../support/project.ts';
import { ask, missingKeys } from '../support/redis-side.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';
import { replicasIn, untilHealthy, untilPromoted } from '../support/steps.ts';

/** Longer than a busy machine keeps a server from answering: an election of its own is not what is tested here. */
const PATIENT = { downAfterMs: 8000, failoverTimeoutMs: 20_000 } as const;

describe.concurrent.each(RUNTIMES)('%s', (runtime) => {
  test.sequential('a master that was handed over stays the master, whatever dies afterwards', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: PATIENT });
    const first = await project.up();
    // A failover of the Sentinels' own first: their epoch is not 0 any more.
    await ask(project.ports.sentinel, 'SENTINEL', 'FAILOVER', 'kasagi-master');
    await untilPromoted(replicasIn(first));
    expect(epochOf(await untilHealthy(project))).toBeGreaterThan(0);
    for (const [what, happens] of Object.entries(deaths(project))) {
      const moved = ok(await project.json(['failover'])).data;
      expect(moved, what).toMatchObject({ mode: 'express', figures: { lost: 0 }, resyncs: { full: 0 } });
      const { instance, epoch } = moved.primary;
      await happens();
      const after = await untilHealthy(project);
      expect({ what, master: withRole(after, 'master').name, epoch: epochOf(after) }).toEqual({
        what,
        master: instance,
        epoch,
      });
    }
  });

  test.sequential('a rolling restart loses nothing, and no application notices more than a moment', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: FAST });
    const before = await project.up();
    const writer = startWriter(await ioredisOptions(project), 'rolling');
    const restarted = ok(await project.json(['restart', 'redis'])).data;
    const acked = await writer.stop();
    expect(restarted.figures).toMatchObject({ lost: 0, phantom: 0, duplicates: 0, misclassified: 0 });
    // A failover that the Sentinels have to find out about takes longer than this.
    expect(restarted.figures.gapMs).toBeLessThan(FAST.downAfterMs);
    const after = await untilHealthy(project);
    const master = withRole(after, 'master');
    expect(master.name).not.toBe(withRole(before, 'master').name);
    expect(acked.length).toBeGreaterThan(100);
    expect(await missingKeys(portOf(master), acked)).toEqual([]);
    for (const { name, startedAt } of before.instances.filter(({ service }) => service === 'redis'))
      expect(after.instances.find((one) => one.name === name)?.startedAt).not.toBe(startedAt);
  });
});

function deaths(project: TestProject): Readonly<Record<string, () => Promise<void>>> {
  return {
    'down and up': async () => {
      ok(await project.json(['down']));
      await project.up();
    },
    'kill -9 of all': async () => {
      await cutPower(project, (await project.status()).instances);
      await project.up();
    },
    'a restart of every Sentinel': async () => {
      ok(await project.json(['restart', 'sentinel']));
    },
  };
}

function epochOf({ services }: StatusView): unknown {
  return services.find(({ name }) => name === 'sentinel')?.facts.epoch;
}
