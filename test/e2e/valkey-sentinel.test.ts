import { expect, test } from 'vitest';
import { expectPass } from '../support/failover-run.ts';
import { canRun } from '../support/need.ts';
import { FAST, ok, openTestProject, withRole } from '../support/project.ts';
import { gateRounds, requireRuntime } from '../support/require.ts';
import { smokeArgs, verdictsOf } from '../support/smoke.ts';

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

  for (const scenario of gateRounds(['master-kill'], ['master-kill', 'master-hang']))
    await expectPass(project, scenario);
  ok(await project.json(['down', '--volumes', '--yes']));
  expect(await project.leftovers()).toEqual([]);
});

test('in Docker, with passwords: a whole smoke check, its own client, down', async (context) => {
  requireRuntime(context, 'docker');
  const values = { ...FAST, ...PASSWORDS };
  await using project = await openTestProject({ stack: 'valkey-sentinel', runtime: 'docker', values });
  const check = ok(await project.json(smokeArgs(project, 'valkey-sentinel', '--keep')));
  expect(verdictsOf(check)).toEqual({
    ...{ up: 'pass', health: 'pass', migrate: 'skipped', traffic: 'pass', failover: 'pass' },
    ...{ restart: 'pass', again: 'pass', down: 'skipped' },
  });
  expect(await project.run(['cli', 'valkey', 'PING'])).toMatchObject({ code: 0, out: 'PONG\n' });
  ok(await project.json(['down', '--volumes', '--yes']));
  expect(await project.leftovers()).toEqual([]);
});
