import { expect, test } from 'vitest';
import type { RunReport } from '../../src/failover/report.ts';
import { conclusive } from '../support/failover-run.ts';
import { canRun } from '../support/need.ts';
import { FAST, ok, openTestProject, type TestProject, withRole } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';

const PASSWORDS = { valkeyPassword: `p'a "s\\s`, sentinelPassword: 'other' } as const;

test.skipIf(!canRun('valkey-server'))('on local processes: up, every view, scale, failovers, down', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ stack: 'valkey-sentinel', runtime: 'process', values: FAST });
  const view = await project.up();
  expect(view.instances.map(({ name, kind, role }) => `${name} ${kind} ${role}`)).toEqual([
    'valkey-1 valkey master',
    'valkey-2 valkey replica',
    'valkey-3 valkey replica',
    'sentinel-1 sentinel sentinel',
    'sentinel-2 sentinel sentinel',
    'sentinel-3 sentinel sentinel',
  ]);

  const info = await project.run(['cli', 'valkey', 'INFO', 'server']);
  const version = /^valkey_version:(\S+)/m.exec(info.out)?.[1];
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(withRole(view, 'master').facts.version).toBe(version);
  const sentinel = await project.run(['cli', 'sentinel', 'INFO', 'server']);
  expect(sentinel.out).toContain('server_name:valkey');

  const overview = ok(await project.json(['inspect', 'valkey', 'overview'])).data;
  expect(JSON.stringify(overview)).toContain(`"${version}"`);
  expect(ok(await project.json(['seed', 'traffic', '--count', '500'])).data).toMatchObject({
    acked: 500,
    verified: true,
    stores: [{ stored: 500, missing: 0, phantom: 0, duplicates: 0 }],
  });
  expect(ok(await project.json(['scale', 'valkey=4'])).data).toMatchObject({ healthy: true });
  expect(ok(await project.json(['health'])).data).toMatchObject({ healthy: true });

  await expectNothingLost(project, 'master-kill');
  await expectNothingLost(project, 'master-hang');
  ok(await project.json(['down', '--volumes', '--yes']));
  expect(await project.leftovers()).toEqual([]);
});

test('in Docker, with passwords: up, its own client, a failover, down', async (context) => {
  requireRuntime(context, 'docker');
  const values = { ...FAST, ...PASSWORDS };
  await using project = await openTestProject({ stack: 'valkey-sentinel', runtime: 'docker', values });
  expect((await project.up()).healthy).toBe(true);
  expect(await project.run(['cli', 'valkey', 'PING'])).toMatchObject({ code: 0, out: 'PONG\n' });
  await expectNothingLost(project, 'master-kill');
  ok(await project.json(['down', '--volumes', '--yes']));
  expect(await project.leftovers()).toEqual([]);
});

async function expectNothingLost(project: TestProject, scenario: string): Promise<void> {
  const { code, data } = await conclusive(project, scenario);
  expect({ code, verdict: data?.verdict }, JSON.stringify(data, null, 1)).toEqual({ code: 0, verdict: 'pass' });
  const [run] = data.runs as RunReport[];
  expect(run).toMatchObject({ scenario, lost: 0, phantom: 0, duplicates: 0, switches: 1 });
}
