import { describe, expect, test } from 'vitest';
import { ok, openTestProject } from '../support/project.ts';
import { ask, writeKeys } from '../support/redis-side.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { untilHealthy } from '../support/steps.ts';

describe.each(gateRuntimes('process'))('inspect and reset of redis-sentinel on %s', (runtime) => {
  test('views show what is there; reset empties it after asking', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    await project.up();
    await untilHealthy(project);
    await writeKeys(project.ports.redis, 'user', 25);
    await ask(project.ports.redis, 'SET', 'evil:\u001b[2J', 'x');

    const all = ok(await project.json(['inspect']));
    expect(all.data.failed).toBe(0);
    const views = all.data.services.flatMap(({ service, views }: { service: string; views: { view: string }[] }) =>
      views.map(({ view }) => `${service} ${view}`),
    );
    expect(views).toEqual([
      ...['overview', 'memory', 'persistence', 'replication', 'keys', 'streams', 'slowlog', 'clients'].map(
        (name) => `redis ${name}`,
      ),
      ...['masters', 'replicas', 'peers'].map((name) => `sentinel ${name}`),
    ]);
    await expect
      .poll(async () => (await project.json(['inspect', 'redis', 'keys'])).data.services[0].views[0].rows)
      .toEqual(expect.arrayContaining([expect.objectContaining({ prefix: 'user:*', keys: 25, withTtlShare: 0 })]));
    const masters = ok(await project.json(['inspect', 'sentinel', 'masters'])).data.services[0].views[0];
    expect(masters.rows).toMatchObject(
      [1, 2, 3].map((index) => ({ sentinel: `sentinel-${index}`, master: 'redis-1', problem: null })),
    );

    const text = await project.run(['inspect', 'redis-2', 'keys']);
    expect(text).toMatchObject({ code: 0, out: expect.stringContaining(String.raw`evil:\x1b[2J`) });
    expect(text.out).not.toContain('\u001b');
    expect(text.out).toContain('read from redis-2 (replica)');
    expect(await project.json(['inspect', 'redis', 'memroy'])).toMatchObject({
      code: 2,
      error: { code: 'E_VIEW_NOT_FOUND' },
    });

    expect(await project.run(['reset', 'redis'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('26 keys of db0'),
    });
    expect(await project.json(['reset', 'redis-2', '--yes'])).toMatchObject({
      code: 2,
      error: { message: expect.stringContaining('redis-2 is a replica of redis-1'), hint: 'stackctl reset redis' },
    });
    expect(await project.json(['reset', 'sentinel', '--yes'])).toMatchObject({ code: 2, error: { code: 'E_USAGE' } });
    expect(await ask(project.ports.redis, 'DBSIZE')).toBe(26);
    expect(ok(await project.json(['reset', 'redis', '--yes'])).data).toMatchObject({
      services: [{ service: 'redis', items: [expect.stringContaining('26 keys of db0')] }],
    });
    expect(await ask(project.ports.redis, 'DBSIZE')).toBe(0);
    ok(await project.json(['health']));

    ok(await project.json(['down']));
    const gone = await project.json(['inspect']);
    expect(gone).toMatchObject({ code: 1, error: { code: 'E_INSPECT_FAILED' }, data: { failed: 11 } });
    expect(gone.data.services[0].views[0].error).toBe('redis-1, redis-2, redis-3: not running');
    expect(await project.json(['reset', 'redis', '--yes'])).toMatchObject({
      code: 5,
      error: { code: 'E_NOT_RUNNING' },
    });
  });
});
