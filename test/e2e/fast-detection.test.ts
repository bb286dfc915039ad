import { delimiter, dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { RunReport } from '../../src/failover/run-report.ts';
import { canRun, REDIS_6 } from '../support/need.ts';
import { openTestProject, portOf, type TestProject } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRounds, gateRuntimes, requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

const PASSWORD = 'a password';
const FAST = { 'ping-period': 100, 'ask-period': 100, 'publish-period': 200 };

const STACKS = gateRounds(['redis-sentinel'], ['redis-sentinel', 'valkey-sentinel']);
const CASES = gateRuntimes('process').flatMap((runtime) => STACKS.map((stack) => ({ runtime, stack })));

test.for(CASES)(
  'detection: fast of $stack on $runtime is in force at every start, and health says when it is not',
  async ({ runtime, stack }, context) => {
    requireRuntime(context, runtime);
    const values = { detection: 'fast', sentinelPassword: PASSWORD, failoverTimeoutMs: 10_000 };
    await using project = await openTestProject({ stack, runtime, values });
    await project.up();
    const all = ['sentinel-1', 'sentinel-2', 'sentinel-3'];
    for (const name of all) await expectFast(project, name);

    await project.run(['restart', 'sentinel-2']);
    await expectFast(project, 'sentinel-2');
    await onSentinel(project, 'sentinel-3', 'SHUTDOWN').catch(() => undefined);
    await waitFor('the Sentinel to be back', async () => (await project.status()).healthy);
    await expectFast(project, 'sentinel-3');

    await onSentinel(project, 'sentinel-1', 'SENTINEL', 'DEBUG', 'ping-period', '1000');
    const unhealthy = await project.json(['health']);
    expect(unhealthy.code).toBe(5);
    expect(JSON.stringify(unhealthy.data)).toContain('detection is fast, and ping-period is 1000 and not 100');
    await project.run(['restart', 'sentinel-1']);
    await expectFast(project, 'sentinel-1');

    const { data } = await project.json(['failover-test', '--max-outage', '60s']);
    expect(data.runs as readonly RunReport[]).toMatchObject([
      { verdict: 'pass', detectionMs: 500, switches: 1, lost: 0 },
    ]);
  },
);

test('detection: fast is refused by a Sentinel that cannot be told its periods, with the reason', async (context) => {
  requireRuntime(context, 'process');
  if (!canRun(REDIS_6)) return context.skip('there is no Redis 6.2');
  const env = { PATH: `${dirname(REDIS_6)}${delimiter}${process.env.PATH}` };
  await using project = await openTestProject({ runtime: 'process', values: { detection: 'fast' }, env });
  const failed = await project.json([...project.upArgs, '--timeout', '30s']);
  expect(failed).toMatchObject({
    status: 'failed',
    error: { code: expect.stringMatching(/^E_(START_FAILED|NOT_READY)$/) },
  });
  expect(JSON.stringify(failed.error)).toContain(
    'detection fast takes SENTINEL DEBUG, which Redis has since 7.0; this is version 6',
  );
});

async function expectFast(project: TestProject, name: string): Promise<void> {
  const reply = (await onSentinel(project, name, 'SENTINEL', 'DEBUG')) as readonly string[];
  const periods = Object.fromEntries(
    reply.flatMap((key, index) => (index % 2 === 0 ? [[key.toLowerCase(), Number(reply[index + 1])]] : [])),
  );
  expect([name, periods]).toEqual([name, expect.objectContaining(FAST)]);
  const [master = []] = (await onSentinel(project, name, 'SENTINEL', 'MASTERS')) as readonly (readonly string[])[];
  expect(master[master.indexOf('down-after-milliseconds') + 1]).toBe('500');
}

async function onSentinel(project: TestProject, name: string, command: string, ...args: readonly string[]) {
  return ask({ port: portOf(await project.instance(name)), password: PASSWORD }, command, ...args);
}
