import { describe, expect, test } from 'vitest';
import type { InstanceView, StatusView } from '../../src/lifecycle/status.ts';
import { ioredisOptions, startWriter } from '../support/client-side.ts';
import { ok, openTestProject, PATIENT, portOf, type TestProject, withRole } from '../support/project.ts';
import { ask, missingKeys } from '../support/redis-side.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { foundDown, untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

const MB = 1024 * 1024;

describe.each(gateRuntimes('process'))('running servers are replaced on %s', (runtime) => {
  test('one after the other by up, which loses nothing; what is interrupted goes on with the next', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: PATIENT });
    const before = await project.up();

    const writer = startWriter(await ioredisOptions(project), 'rolling');
    const changed = ok(await project.json(['up', '--set', 'maxmemory=64mb'])).data;
    const acked = await writer.stop();
    expect(changed.figures).toMatchObject({ lost: 0, phantom: 0, duplicates: 0, misclassified: 0 });
    expect(await foundDown(project)).toEqual([]);
    expect(acked.length).toBeGreaterThan(100);
    const after = await untilHealthy(project);
    expect(await missingKeys(portOf(withRole(after, 'master')), acked)).toEqual([]);
    expect(startedAgain(before, after)).toEqual(['redis-1', 'redis-2', 'redis-3']);
    expect(await limits(after)).toEqual([64 * MB, 64 * MB, 64 * MB]);
    expect(ok(await project.json(['up', '--dry-run'])).data.steps).toEqual([]);

    await interruptTheFirstTurn(project, after, ['up', '--set', 'maxmemory=96mb']);
    const left = await project.status();
    expect(left.instances.filter(({ health }) => health === 'stopped' || health === 'missing')).toEqual([]);
    expect((await limits(left)).filter((limit) => limit === 64 * MB)).not.toEqual([]);
    expect(ok(await project.json(['up'])).data).toMatchObject({ healthy: true });
    expect(await limits(await project.status())).toEqual([96 * MB, 96 * MB, 96 * MB]);

    // Who has the new password and who has the old one do not let each other in: all at once, and nothing to measure.
    const secured = ok(await project.json(['up', '--set', 'redisPassword=another one'])).data;
    expect(secured).toMatchObject({ healthy: true, figures: null });
    const master = { port: portOf(withRole(secured, 'master')), password: 'another one' };
    expect(await ask(master, 'EXISTS', acked[0] ?? '')).toBe(1);
  });
});

function startedAgain(before: StatusView, after: StatusView): readonly string[] {
  const startOf = ({ instances }: StatusView, name: string) => instances.find((one) => one.name === name)?.startedAt;
  const names = before.instances.map(({ name }) => name);
  return names.filter((name) => startOf(before, name) !== startOf(after, name));
}

/** `maxmemory` of each server, in bytes. */
async function limits({ instances }: StatusView): Promise<readonly number[]> {
  return Promise.all(instances.filter(({ service }) => service === 'redis').map(limitOf));
}

async function limitOf(server: InstanceView): Promise<number> {
  const [, value] = (await ask(portOf(server), 'CONFIG', 'GET', 'maxmemory')) as readonly string[];
  return Number(value);
}

/** Once the first server does not answer any more because it is replaced. */
async function interruptTheFirstTurn(project: TestProject, view: StatusView, args: readonly string[]): Promise<void> {
  const replicas = view.instances.filter(({ role }) => role === 'replica');
  const { child, ended } = project.begin(args);
  await waitFor('the first turn', async () => {
    const answers = await Promise.all(replicas.map((replica) => limitOf(replica).catch(() => undefined)));
    return answers.some((limit) => limit !== 64 * MB);
  });
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130 });
}
