import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { openTestProject, withRole } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { requireRuntime } from '../support/require.ts';

test('up, status, use, down, and up again with the data', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process' });

  const first = await project.up();
  expect(first).toMatchObject({
    project: 'redis-sentinel',
    stack: 'redis-sentinel',
    runtime: 'process',
    healthy: true,
  });
  expect(withRole(first, 'master')).toMatchObject({
    name: 'redis-1',
    service: 'redis',
    kind: 'redis',
    health: 'healthy',
    reasons: [],
    peer: `127.0.0.1:${project.ports.redis}`,
    client: `127.0.0.1:${project.ports.redis}`,
    pid: expect.any(Number),
  });
  expect(first.instances.map(({ name, role }) => `${name} ${role}`)).toEqual([
    'redis-1 master',
    'redis-2 replica',
    'redis-3 replica',
    'sentinel-1 sentinel',
    'sentinel-2 sentinel',
    'sentinel-3 sentinel',
  ]);

  const again = await project.up();
  expect(again.instances.map(({ pid }) => pid)).toEqual(first.instances.map(({ pid }) => pid));
  expect(await project.status()).toMatchObject({ healthy: true });

  expect(await project.run(['cli', 'redis', 'SET', 'greeting', 'hello'])).toMatchObject({ code: 0, out: 'OK\n' });
  expect(await project.run(['cli', 'redis', 'GET', 'greeting'])).toMatchObject({ code: 0, out: 'hello\n' });

  expect(await project.json(['down'])).toMatchObject({ code: 0, status: 'ok' });
  expect(await project.leftovers({ data: false })).toEqual([]);

  await project.up();
  expect(await ask(project.ports.redis, 'GET', 'greeting')).toBe('hello');

  expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0, status: 'ok' });
  expect(await project.leftovers()).toEqual([]);
});

// The golden digests are those of every version of Node.js.
test('what seed traffic would send is the same to the last byte', async () => {
  await using project = await openTestProject({ runtime: 'process' });
  const golden: Record<string, string> = JSON.parse(await readFile(join(ROOT, 'test/traffic/digests.json'), 'utf8'));
  for (const [name, digest] of Object.entries(golden)) {
    const [stack = '', profile = ''] = name.split(' ');
    const args = ['seed', 'traffic', stack, '--profile', profile, '--count', '1000', '--seed', '7', '--digest'];
    expect(await project.run(args, { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8' })).toMatchObject({
      code: 0,
      out: `${digest}\n`,
    });
  }
});
