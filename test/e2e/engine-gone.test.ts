import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEngineProxy } from '../support/engine-proxy.ts';
import { ok, openTestProject, portOf, withRole } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { requireRuntime } from '../support/require.ts';

test('the Engine ends half way through up and down: told, and the same command goes on later', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openTestProject({ runtime: 'docker' });
  const dying = async (args: readonly string[], fatal: string) => {
    await using engine = await openEngineProxy(join(project.folder, '../engine.sock'), fatal);
    return await project.json(args, { DOCKER_HOST: engine.host });
  };
  for (const fatal of ['/networks/create', '/containers/create', '/start HTTP']) {
    const gone = await dying(project.upArgs, fatal);
    expect({ fatal, ...gone }).toMatchObject({ code: 1, error: { code: 'E_ENGINE_GONE' } });
  }
  const port = portOf(withRole(await project.up(), 'master'));
  await ask(port, 'SET', 'kept', 'yes');

  const gone = await dying(['down'], '/stop');
  expect(gone).toMatchObject({ code: 1, error: { code: 'E_ENGINE_GONE' } });
  ok(await project.json(['down']));
  expect(await project.leftovers({ data: false })).toEqual([]);
  expect(await ask(portOf(withRole(await project.up(), 'master')), 'GET', 'kept')).toBe('yes');

  const missing = await project.json(['status'], { DOCKER_HOST: `unix://${project.folder}/no.sock` });
  expect(missing).toMatchObject({ code: 4, error: { code: 'E_ENGINE_MISSING' } });
  ok(await project.json(['down', '--volumes', '--yes']));
  expect(await project.leftovers()).toEqual([]);
});
