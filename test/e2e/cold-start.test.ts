import { describe, expect, test } from 'vitest';
import type { InstanceView, StatusView } from '../../src/lifecycle/status.ts';
import { run as runProgram } from '../support/cli.ts';
import { crash, hostPid } from '../support/crash.ts';
import { FAST, openTestProject, portOf, type TestProject, withRole } from '../support/project.ts';
import { askSentinel, missingKeys, roleOf, writeKeys } from '../support/redis-side.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

describe.each(RUNTIMES)('a cold start after a failover on %s', (runtime) => {
  test('brings back the elected master with every write, however the cluster ended', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: FAST });
    const first = await project.up();
    const old = withRole(first, 'master');
    await crash(old);
    const elected = await newMaster(project, old);
    const keys = await writeKeys(elected.port, 'cold', 500);
    await healthyAgain(project);
    const before = await decision(project, elected.name);

    await project.json(['down']);
    await project.up();
    await expectDecision(project, before, keys);

    const running = (await project.status()).instances;
    for (const instance of running) await crash(instance);
    await project.up();
    await expectDecision(project, before, keys);

    await endForGood(project);
    await project.up();
    await expectDecision(project, before, keys);
  });

  test('neither a stale master nor a stale Sentinel that missed the failover is believed', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: FAST });
    const first = await project.up();
    const byName = (name: string): InstanceView => find(first, name);
    // Out of the way for good: stopped on purpose, so that no restart policy brings them back.
    await endOne(project, byName('sentinel-1'));
    await endOne(project, byName('redis-1'));
    const elected = await newMaster(project, byName('redis-1'));
    const keys = await writeKeys(elected.port, 'stale', 500);
    await waitFor('both Sentinels to know', async () => {
      const views = await Promise.all([1, 2].map((index) => askSentinel({ port: project.ports.sentinel + index })));
      return views.every(({ master, epoch }) => epoch > 0 && master === elected.peer) && views;
    });
    const [view] = await Promise.all([askSentinel({ port: project.ports.sentinel + 1 })]);
    await endForGood(project);
    await project.up();
    await expectDecision(project, { master: elected.name, epoch: view.epoch }, keys);
  });
});

interface Decision {
  readonly master: string;
  readonly epoch: number;
}

async function decision(project: TestProject, master: string): Promise<Decision> {
  return { master, epoch: (await askSentinel({ port: project.ports.sentinel })).epoch };
}

async function expectDecision(project: TestProject, before: Decision, keys: readonly string[]): Promise<void> {
  const status = await project.status();
  const master = withRole(status, 'master');
  expect(master.name).toBe(before.master);
  expect(status.healthy).toBe(true);
  expect(await missingKeys(portOf(master), keys)).toEqual([]);
  const ports = [0, 1, 2].map((index) => project.ports.sentinel + index);
  const views = await Promise.all(ports.map((port) => askSentinel({ port })));
  expect(views.map((view) => view.master)).toEqual([master.peer, master.peer, master.peer]);
  for (const { epoch } of views) expect(epoch).toBeGreaterThanOrEqual(before.epoch);
  expect(new Set(views.map(({ epoch }) => epoch)).size).toBe(1);
}

/** Waits until another server than `old` is master. */
async function newMaster(project: TestProject, old: InstanceView) {
  const others = [0, 1, 2].map((index) => ({ name: `redis-${index + 1}`, port: project.ports.redis + index }));
  const { name, port } = await waitFor(
    'a new master',
    async () => {
      for (const other of others.filter((it) => it.name !== old.name)) {
        if ((await roleOf(other.port).catch(() => 'unknown')) === 'master') return other;
      }
      return undefined;
    },
    30_000,
  );
  const { peer } = await project.instance(name);
  return { name, port, peer };
}

/** Ends all that runs at once, with nobody left to restart it: as a power cut does. */
async function endForGood(project: TestProject): Promise<void> {
  const { instances } = await project.status();
  if (project.runtime === 'docker') {
    const ids = instances.flatMap(({ containerId, health }) =>
      containerId === undefined || health === 'stopped' ? [] : [containerId],
    );
    await runProgram('docker', ['kill', ...ids]);
    return;
  }
  await killSupervisor(project);
  for (const instance of instances.filter(({ pid }) => pid !== undefined)) await crash(instance);
}

async function endOne(project: TestProject, instance: InstanceView): Promise<void> {
  if (project.runtime === 'docker') await runProgram('docker', ['kill', instance.containerId ?? '']);
  else {
    await killSupervisor(project);
    process.kill(await hostPid(instance), 'SIGKILL');
  }
}

async function killSupervisor(project: TestProject): Promise<void> {
  const { supervisorPid } = await import('../support/crash.ts');
  try {
    process.kill(await supervisorPid(project), 'SIGKILL');
  } catch {
    // no supervisor: nobody to keep from restarting
  }
}

function find(view: StatusView, name: string): InstanceView {
  const found = view.instances.find((instance) => instance.name === name);
  if (found === undefined) throw new Error(`no instance ${name}`);
  return found;
}

async function healthyAgain(project: TestProject): Promise<void> {
  await waitFor('a healthy cluster', async () => (await project.run(['health'])).code === 0, 60_000);
}
