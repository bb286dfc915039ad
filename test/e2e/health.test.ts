import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { identify } from '../../src/lib/process-identity.ts';
import type { InstanceView } from '../../src/lifecycle/status.ts';
import { run } from '../support/cli.ts';
import { crash, hostPid, supervisorPid } from '../support/crash.ts';
import { FAST, openTestProject, portOf, STACK, type TestProject, withRole } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRuntimes, RUNTIMES, requireRuntime } from '../support/require.ts';
import { instanceIn, untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

describe.concurrent.each(RUNTIMES)('health on %s', (runtime) => {
  test.sequential('names a frozen instance of every kind and role', async (context) => {
    requireRuntime(context, runtime);
    // A failover would thaw nothing and only blur who is what.
    await using project = await openTestProject({ runtime, values: { downAfterMs: 60_000 } });
    const status = await project.up();
    for (const name of ['redis-1', 'redis-2', 'sentinel-1']) {
      const instance = instanceIn(status, name);
      const thaw = await freeze(instance);
      const answer = await project.json(['health']);
      await thaw();
      expect(answer).toMatchObject({ code: 5, error: { code: 'E_UNHEALTHY' } });
      expect(answer.error?.message).toContain(instance.name);
      await untilHealthy(project);
    }
    expect(await project.run(['health', 'redis-1'])).toMatchObject({ code: 0 });
  });
});

describe.each(gateRuntimes('process'))('a crash on %s', (runtime) => {
  test('a crashed server is restarted, counted and its end told; an edited value comes with a restart only', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const first = await project.up();
    const memory = (): Promise<readonly unknown[]> =>
      Promise.all(['redis-1', 'redis-2', 'redis-3'].map((name) => maxmemoryOf(instanceIn(first, name))));
    await writeFile(join(project.folder, 'stackctl.yaml'), `stack: ${STACK}\nvalues: {maxmemory: 96mb}\n`);
    const restarted = await project.json(['restart', 'redis-3']);
    expect(restarted).toMatchObject({
      code: 0,
      data: { restarted: ['redis-3'], changed: ['redis-3'], outdated: ['redis-1', 'redis-2'] },
      warnings: [expect.stringMatching(/redis-1, redis-2 .*stackctl up/)],
    });
    expect(await memory()).toEqual(['0', '0', '100663296']);
    const before = await project.status();
    for (const name of ['redis-2', 'sentinel-3']) {
      await crash(instanceIn(before, name));
      const after = await waitFor(`${name} to be back`, async () => backAgain(project, name));
      expect(after).toMatchObject({ restarts: 1, lastExit: { at: expect.stringMatching(/Z$/) } });
      if (runtime === 'process') expect(after).toMatchObject({ lastExit: { code: null, signal: 'SIGKILL' } });
      else expect(after.lastExit).toMatchObject({ code: 137 });
    }
    const others = (await untilHealthy(project)).instances.filter(
      ({ name }) => name !== 'redis-2' && name !== 'sentinel-3',
    );
    for (const { name, startedAt, restarts } of others) {
      expect({ name, startedAt, restarts }).toEqual({
        name,
        startedAt: instanceIn(before, name).startedAt,
        restarts: 0,
      });
    }
    // A crash brings no new value in.
    expect(await memory()).toEqual(['0', '0', '100663296']);
    expect(await project.json(['restart', 'redis'])).toMatchObject({
      code: 0,
      data: { changed: ['redis-1', 'redis-2'] },
    });
    expect(await memory()).toEqual(['100663296', '100663296', '100663296']);
    expect((await project.json(['up', '--dry-run'])).data).toMatchObject({ steps: [] });
    // A value given as a flag stays in force: for the rest of the stack, and for whatever comes later.
    expect(await project.json(['restart', 'redis', '--set', 'maxmemory=64mb'])).toMatchObject({ code: 0 });
    expect(await memory()).toEqual(['67108864', '67108864', '67108864']);
    expect((await project.json(['up', '--dry-run'])).data).toMatchObject({ steps: [] });
    await writeFile(join(project.folder, 'stackctl.yaml'), `stack: ${STACK}\nvalues: {redisPassword: another one}\n`);
    const refused = await project.json(['restart', 'redis']);
    expect(refused).toMatchObject({
      code: 2,
      error: { code: 'E_USAGE', message: expect.stringContaining('redisPassword') },
    });
    expect(JSON.stringify(refused)).not.toContain('another one');
  });
});

test('a killed supervisor takes no server with it, and the next command starts another one', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process' });
  const before = await project.up();
  const first = await supervisorPid(project);
  process.kill(first, 'SIGKILL');
  for (const instance of before.instances) expect(await ask(portOf(instance), 'PING')).toBe('PONG');
  const after = await project.status();
  expect(after.instances.map(({ pid }) => pid)).toEqual(before.instances.map(({ pid }) => pid));
  const second = await waitFor('another supervisor', async () => {
    // Between two supervisors there is a moment without a lock.
    const pid = await supervisorPid(project).catch(() => first);
    return pid !== first && pid;
  });
  // It looks after servers that are not its children.
  const victim = withRole(after, 'master');
  await crash(victim);
  const restarted = await waitFor('a restart', () => backAgain(project, victim.name));
  expect(restarted.pid).not.toBe(victim.pid);
  expect(restarted).toMatchObject({ restarts: 1, lastExit: { code: null, signal: null } });
  expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0 });
  expect(await project.leftovers()).toEqual([]);
  expect(identify(second)).toBe(undefined);
});

test('status undoes the fault that a killed failover-test left behind', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: FAST });
  const master = withRole(await project.up(), 'master');
  const { child, ended } = project.begin(['failover-test', '--scenario', 'master-hang']);
  await waitFor('the fault', async () => (await processState(master)) === 'T');
  child.kill('SIGKILL');
  await ended;
  expect(await readFile(project.paths.faults, 'utf8')).toContain(master.name);
  await project.status();
  expect(await processState(master)).not.toBe('T');
  await expect(access(project.paths.faults)).rejects.toMatchObject({ code: 'ENOENT' });
  await untilHealthy(project);
});

async function maxmemoryOf(instance: InstanceView): Promise<unknown> {
  return ((await ask(portOf(instance), 'CONFIG', 'GET', 'maxmemory')) as readonly unknown[])[1];
}

/** The letter of /proc/<pid>/stat: `T` is stopped. */
async function processState({ pid }: InstanceView): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

async function backAgain(project: TestProject, name: string): Promise<InstanceView | false> {
  const instance = await project.instance(name);
  return instance.restarts === 1 && instance.health === 'healthy' && instance;
}

/** Stops every thread of the server, in Docker as `docker pause` does. */
async function freeze(instance: InstanceView): Promise<() => Promise<void>> {
  if (instance.containerId !== undefined) {
    const id = instance.containerId;
    await run('docker', ['pause', id]);
    return async () => void (await run('docker', ['unpause', id]));
  }
  const pid = await hostPid(instance);
  process.kill(pid, 'SIGSTOP');
  return async () => void process.kill(pid, 'SIGCONT');
}
