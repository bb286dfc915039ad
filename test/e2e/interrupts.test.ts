import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FAST, openTestProject, portOf, type TestProject, withRole } from '../support/project.ts';
import { openRandom } from '../support/random.ts';
import { ask, missingKeys, writeKeys } from '../support/redis-side.ts';
import { gateRounds, gateRuntimes, RUNTIMES, requireRuntime } from '../support/require.ts';
import { expectFailover } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;
type Signal = (typeof SIGNALS)[number];

/** In the gate without SIGTERM, which is handled as SIGINT is. */
const TRIED = gateRounds<Signal>(['SIGINT', 'SIGKILL'], SIGNALS);

const EXIT_CODES = { SIGINT: 130, SIGKILL: 137, SIGTERM: 143 } as const;

// On Docker the gate has an up and a down that end half way in engine-gone.test.ts.
describe.each(gateRuntimes('process'))('stackctl is interrupted at random moments on %s', (runtime) => {
  test('up and down: the same command again converges, and no acknowledged write is lost', async (context) => {
    requireRuntime(context, runtime);
    const random = openRandom(context.task.name);
    await using project = await openTestProject({ runtime, values: FAST });
    const keys: string[] = [];
    for (const signal of TRIED) {
      await interrupt(project, project.upArgs, signal, random(30, runtime === 'docker' ? 3000 : 1500));
      const status = await project.up();
      expect(status.healthy).toBe(true);
      const port = portOf(withRole(status, 'master'));
      keys.push(...(await writeKeys(port, signal, 50, { replicas: 2 })));
      await interrupt(project, ['down'], signal, random(30, 800));
      expect(await project.json(['down'])).toMatchObject({ code: 0 });
      await nothingLeft(project, { data: false });
    }
    const master = withRole(await project.up(), 'master');
    expect(await missingKeys(portOf(master), keys)).toEqual([]);
    await interrupt(project, ['down', '--volumes', '--yes'], 'SIGKILL', random(30, 500));
    expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0 });
    await nothingLeft(project, { data: true });
  });
});

// The gate has this once, in health.test.ts.
describe.each(gateRounds([], RUNTIMES))('stackctl is interrupted at random moments on %s', (runtime) => {
  test('failover-test: the fault is healed, the cluster steady, the next run passes', async (context) => {
    requireRuntime(context, runtime);
    const random = openRandom(context.task.name);
    await using project = await openTestProject({ runtime, values: FAST });
    const port = portOf(withRole(await project.up(), 'master'));
    const keys = await writeKeys(port, 'kept', 100, { replicas: 2 });
    for (const signal of TRIED) {
      await interrupt(project, ['failover-test'], signal, random(300, 7000));
      // The next command that changes something heals what a killed run has left.
      expect(await project.up()).toMatchObject({ healthy: true });
      await expect(access(project.paths.faults)).rejects.toMatchObject({ code: 'ENOENT' });
    }
    await expectFailover(project);
    const master = portOf(withRole(await project.status(), 'master'));
    expect(await missingKeys(master, keys)).toEqual([]);
    for (const left of await runKeys(master)) expect(Number(await ask(master, 'TTL', left)), left).toBeGreaterThan(0);
    expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0 });
    await nothingLeft(project, { data: true });
  });
});

/** Runs a command and sends it a signal after a while; it may have ended before that. */
async function interrupt(
  project: TestProject,
  args: readonly string[],
  signal: Signal,
  afterMs: number,
): Promise<void> {
  const { child, ended } = project.begin(args);
  await delay(afterMs);
  const wasRunning = child.exitCode === null && child.kill(signal);
  const { code, err } = await ended;
  const expected = wasRunning ? [EXIT_CODES[signal], 0] : [0];
  const told = `${args.join(' ')}: ${signal} after ${afterMs} ms, exit ${code}\n${err}`;
  expect(expected, told).toContain(code);
  if (signal !== 'SIGKILL') {
    await expect(access(project.paths.lock), told).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(access(project.paths.faults), told).rejects.toMatchObject({ code: 'ENOENT' });
  }
}

/** What a killed failover-test could not delete; it expires. */
async function runKeys(port: number): Promise<readonly string[]> {
  return (await ask(port, 'KEYS', 'stackctl:*')) as readonly string[];
}

/** A supervisor that a killed command had just begun to start needs a moment to see that there is nothing to do. */
async function nothingLeft(project: TestProject, options: { readonly data: boolean }): Promise<void> {
  const isEmpty = async (): Promise<boolean> => (await project.leftovers(options)).length === 0;
  await waitFor('nothing to be left', isEmpty).catch(() => undefined);
  expect(await project.leftovers(options)).toEqual([]);
}
