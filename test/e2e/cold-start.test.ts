import { describe, expect, test } from 'vitest';
import { crash, cutPower } from '../support/crash.ts';
import { FAST, openTestProject, portOf, type TestProject, withRole } from '../support/project.ts';
import { askSentinel, missingKeys, type SentinelView, writeKeys } from '../support/redis-side.ts';
import { gateRounds, gateRuntimes, requireRuntime } from '../support/require.ts';
import { failOver, instanceIn, replicasIn, untilPromoted } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

/** A machine that is busy starts servers late: that must not be a reason for another election. */
const PATIENT = { ...FAST, downAfterMs: 5000 } as const;

describe.each(gateRuntimes('process'))('a cold start after a failover on %s', (runtime) => {
  test('brings back the elected master with every write, however the cluster ended', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: PATIENT });
    await project.up();
    const elected = await failOver(project);
    const keys = await writeKeys(portOf(elected), 'cold', 500);
    const { epoch } = await askSentinel({ port: project.ports.sentinel });
    const before = { master: elected.name, epoch };

    await project.json(['down']);
    await project.up();
    await expectDecision(project, before, keys);

    // The restart policy and stackctl bring them back side by side.
    for (const instance of (await project.status()).instances) await crash(instance);
    await project.up();
    await expectDecision(project, before, keys);

    // With nobody left to restart them, as after a hand-over: hand-over.test.ts.
    for (const _again of gateRounds([], ['cut'])) {
      await cutPower(project, (await project.status()).instances);
      await project.up();
      await expectDecision(project, before, keys);
    }
  });

  test('believes neither a stale master nor a stale Sentinel that missed the failover', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: PATIENT });
    const first = await project.up();
    const gone = [withRole(first, 'master'), instanceIn(first, 'sentinel-1')];
    await cutPower(project, gone);
    const elected = await untilPromoted(replicasIn(first));
    const informed = [1, 2].map((index) => project.ports.sentinel + index);
    const [view] = await waitFor('both other Sentinels to know', async () => {
      const views = await viewsOf(informed);
      return views.every(({ master }) => master === elected.peer) && views;
    });
    const keys = await waitFor('writes', () => writeKeys(portOf(elected), 'stale', 500).catch(() => undefined));
    const left = first.instances.filter((instance) => !gone.includes(instance));
    await cutPower(project, left);
    await project.up();
    await expectDecision(project, { master: elected.name, epoch: view?.epoch ?? 1 }, keys);
  });
});

interface Decision {
  readonly master: string;
  readonly epoch: number;
}

async function expectDecision(project: TestProject, before: Decision, keys: readonly string[]): Promise<void> {
  const status = await project.status();
  const master = withRole(status, 'master');
  const views = await viewsOf([0, 1, 2].map((index) => project.ports.sentinel + index));
  const epochs = views.map(({ epoch }) => epoch).join(', ');
  expect(`${master.name} at ${epochs}`, 'a higher epoch with another master is another election').toMatch(
    new RegExp(`^${before.master} at `),
  );
  expect(status.healthy).toBe(true);
  expect(await missingKeys(portOf(master), keys)).toEqual([]);
  expect(views.map((view) => view.master)).toEqual([master.peer, master.peer, master.peer]);
  for (const { epoch } of views) expect(epoch).toBeGreaterThanOrEqual(before.epoch);
  expect(new Set(views.map(({ epoch }) => epoch)).size).toBe(1);
}

function viewsOf(ports: readonly number[]): Promise<readonly SentinelView[]> {
  return Promise.all(ports.map((port) => askSentinel({ port })));
}
