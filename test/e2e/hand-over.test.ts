import { describe, expect, test } from 'vitest';
import type { StatusView } from '../../src/lifecycle/status.ts';
import { ioredisOptions, startWriter } from '../support/client-side.ts';
import { cutPower } from '../support/crash.ts';
import { ok, openTestProject, PATIENT, portOf, type TestProject, withRole } from '../support/project.ts';
import { ask, missingKeys } from '../support/redis-side.ts';
import { gateRounds, gateRuntimes, requireRuntime } from '../support/require.ts';
import { foundDown, replicasIn, untilHealthy, untilPromoted } from '../support/steps.ts';

describe.each(gateRuntimes('process'))('%s', (runtime) => {
  test('a master that was handed over stays the master, whatever dies afterwards', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: PATIENT });
    const first = await project.up();
    // A failover of the Sentinels' own first: their epoch is not 0 any more.
    await ask(project.ports.sentinel, 'SENTINEL', 'FAILOVER', 'kasagi-master');
    await untilPromoted(replicasIn(first));
    expect(epochOf(await untilHealthy(project))).toBeGreaterThan(0);
    const all = Object.entries(deaths(project));
    for (const [what, happens] of gateRounds(all.slice(0, 1), all)) {
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

  // As servers that are replaced by `up`: rolling.test.ts.
  test.for(gateRounds([], ['redis']))(
    'a rolling restart of %s loses nothing, and no application notices more than a moment',
    async (service, context) => {
      requireRuntime(context, runtime);
      await using project = await openTestProject({ runtime, values: PATIENT });
      const before = await project.up();
      const writer = startWriter(await ioredisOptions(project), 'rolling');
      const restarted = ok(await project.json(['restart', service])).data;
      const acked = await writer.stop();
      expect(restarted.figures).toMatchObject({ lost: 0, phantom: 0, duplicates: 0, misclassified: 0 });
      expect(await foundDown(project)).toEqual([]);
      const after = await untilHealthy(project);
      const master = withRole(after, 'master');
      expect(master.name).not.toBe(withRole(before, 'master').name);
      expect(acked.length).toBeGreaterThan(100);
      expect(await missingKeys(portOf(master), acked)).toEqual([]);
      for (const { name, startedAt } of before.instances.filter(({ service }) => service === 'redis'))
        expect(after.instances.find((one) => one.name === name)?.startedAt).not.toBe(startedAt);
    },
  );
});

function deaths(project: TestProject): Readonly<Record<string, () => Promise<void>>> {
  return {
    'kill -9 of all': async () => {
      await cutPower(project, (await project.status()).instances);
      await project.up();
    },
    'down and up': async () => {
      ok(await project.json(['down']));
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
