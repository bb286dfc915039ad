import { access } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../src/failover/report.ts';
import { conclusive } from '../support/failover-run.ts';
import { type Envelope, FAST, openTestProject, portOf, type TestProject, withRole } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRuntimes, RUNTIMES, requireRuntime } from '../support/require.ts';

describe.each(RUNTIMES)('failover-test on %s', (runtime) => {
  test('with the default values: master-kill twice, then master-hang', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    await project.up();
    for (const scenario of ['master-kill', 'master-kill', 'master-hang']) {
      const { code, data, warnings } = await conclusive(project, scenario);
      const told = JSON.stringify(data, null, 1);
      expect({ code, verdict: data?.verdict, reasons: data?.runs?.[0]?.reasons, warnings }, told).toEqual({
        code: 0,
        verdict: 'pass',
        reasons: [],
        warnings: [],
      });
      const [run] = data.runs as RunReport[];
      expect(run).toMatchObject({ scenario, lost: 0, lostRanges: [], phantom: 0, duplicates: 0, switches: 1 });
      expect(run?.oldMaster).not.toBe(run?.newMaster);
      expect(run?.acked).toBeGreaterThan(100);
      expect(run?.resolutionMs).toBeLessThanOrEqual(20);
      // Detection takes 5 s, the election about one more.
      expect(run?.outageMs).toBeGreaterThan(5000);
      expect(run?.outageMs).toBeLessThan(10_000);
      expect(run?.events.map(({ name }) => name)).toContain('+switch-master');
      await expectNoTrace(project, run);
    }
  });
});

describe.each(gateRuntimes('docker'))('failover-test on %s', (runtime) => {
  test('planned: the stock command loses acknowledged writes, and the tool finds them', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: FAST });
    await project.up();
    const failed: Envelope = await project.json(['failover-test', '--scenario', 'planned']);
    expect(failed).toMatchObject({
      code: 6,
      status: 'failed',
      error: { code: 'E_VERDICT_FAIL' },
      data: { verdict: 'fail' },
    });
    const [run] = failed.data.runs as RunReport[];
    expect(run?.lost).toBeGreaterThan(0);
    expect(run?.lostValues).toHaveLength(run?.lost ?? 0);
    expect(run?.switches).toBe(1);
    await expectNoTrace(project, run);
  });
});

/** The cluster is healthy with the master that the run names, and nothing of the run is left in it. */
async function expectNoTrace(project: TestProject, run: RunReport | undefined): Promise<void> {
  const status = await project.status();
  expect(status.healthy).toBe(true);
  const master = withRole(status, 'master');
  expect(master.name).toBe(run?.newMaster);
  for (const instance of status.instances.filter(({ service }) => service === 'redis')) {
    expect({ name: instance.name, keys: await ask(portOf(instance), 'DBSIZE') }).toEqual({
      name: instance.name,
      keys: 0,
    });
  }
  await expect(access(project.paths.faults)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(access(project.paths.lock)).rejects.toMatchObject({ code: 'ENOENT' });
}
