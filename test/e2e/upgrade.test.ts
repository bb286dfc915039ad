import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import type { StatusView } from '../../src/lifecycle/status.ts';
import { run } from '../support/cli.ts';
import { ioredisOptions, startWriter } from '../support/client-side.ts';
import { canRun, programPath } from '../support/need.ts';
import { ok, openTestProject, PATIENT, portOf, type TestProject, withRole } from '../support/project.ts';
import { missingKeys } from '../support/redis-side.ts';
import { gateRounds, requireRuntime } from '../support/require.ts';
import { foundDown, untilHealthy } from '../support/steps.ts';

interface Way {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const PLAIN: Way = { args: [], env: {} };
const IMAGE_7 = 'stackctl-test/redis:7';

// The images are another way to the same steps.
test.skipIf(!canRun('valkey-server') || !isRedis7()).for(gateRounds([], ['Valkey']))(
  'programs of this machine: to %s one after the other, and not back',
  async (_newer, context) => {
    requireRuntime(context, 'process');
    await using project = await openTestProject({ runtime: 'process', values: PATIENT });
    await project.up();
    const env = { STACKCTL_BIN_REDIS_SERVER: programPath('valkey-server') };
    await expectUpgrade(project, { args: [], env }, 'E_DATA_TOO_NEW', PLAIN);
  },
);

test.skipIf(!isRedis7())('images: from Redis 7 to 8 one after the other, and not back', async (context) => {
  requireRuntime(context, 'docker');
  await buildRedis7(context);
  const older = imageArgs(IMAGE_7);
  await using project = await openTestProject({ runtime: 'docker', values: PATIENT });
  await project.up(...older);
  const way = { args: imageArgs('stackctl-test/redis:8'), env: {} };
  await expectUpgrade(project, way, 'E_DATA_TOO_NEW', { args: older, env: {} });
  ok(await project.json(['down']));
  expect(await project.json(['up', ...older])).toMatchObject({ code: 1, error: { code: 'E_DATA_TOO_NEW' } });
});

/** Up to the newer servers, under a writer; then the older ones are refused, and nothing is touched. */
async function expectUpgrade(project: TestProject, newer: Way, refused: string, older: Way): Promise<void> {
  const before = await project.status();
  const writer = startWriter(await ioredisOptions(project), 'upgrade');
  const { figures } = ok(await project.json(['up', ...newer.args], newer.env)).data;
  const acked = await writer.stop();
  expect(figures).toMatchObject({ lost: 0, phantom: 0, duplicates: 0, misclassified: 0 });
  expect(await foundDown(project)).toEqual([]);
  const after = await untilHealthy(project);
  expect(acked.length).toBeGreaterThan(100);
  expect(await missingKeys(portOf(withRole(after, 'master')), acked)).toEqual([]);
  const [from] = versions(before);
  const [to] = versions(after);
  expect(versions(after)).toEqual([to, to, to]);
  expect(to).not.toBe(from);
  expect(ok(await project.json(['up', ...newer.args, '--dry-run'], newer.env)).data.steps).toEqual([]);

  for (const args of [
    ['up', ...older.args],
    ['up', ...older.args, '--dry-run'],
  ]) {
    const { code, error } = await project.json(args, older.env);
    expect({ args, code, error }).toMatchObject({ args, code: 1, error: { code: refused } });
    expect(error?.message).toContain(`${from} reads RDB version`.replace(/^/, 'Redis '));
    expect(error?.message).toContain('appendonlydir/appendonly.aof');
  }
  expect(starts(await project.status())).toEqual(starts(after));
}

function versions({ instances }: StatusView): readonly unknown[] {
  return instances.filter(({ service }) => service === 'redis').map(({ facts }) => facts.version);
}

function starts({ instances }: StatusView): readonly unknown[] {
  return instances.map(({ name, startedAt }) => [name, startedAt]);
}

function imageArgs(image: string): readonly string[] {
  return ['--set', `redisImage=${image}`, '--set', `sentinelImage=${image}`];
}

function isRedis7(): boolean {
  return canRun('redis-server') && / v=7\./.test(execFileSync('redis-server', ['--version']).toString());
}

/** The Redis of this machine in the test image of Redis 8, whose libraries it can use. */
async function buildRedis7({ skip }: Pick<TestContext, 'skip'>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-redis7-'));
  try {
    for (const program of ['redis-server', 'redis-cli']) await copyFile(programPath(program), join(folder, program));
    const lines = ['FROM stackctl-test/redis:8', 'COPY redis-server redis-cli /usr/bin/', 'RUN redis-server --version'];
    await writeFile(join(folder, 'Dockerfile'), lines.join('\n'));
    const { code, err } = await run('docker', ['build', '--network', 'host', '--quiet', '--tag', IMAGE_7, folder]);
    if (code !== 0) skip(`Redis 7 of this machine does not run in the image of Redis 8: ${err}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
