import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { markPlace, newPlace, placeBefore, projectName, refuseForeign } from '../../../src/commands/compose/place.ts';
import { projectPaths } from '../../../src/project/paths.ts';
import { makeProjectFolder } from '../../../src/project/record.ts';
import { putProject, registryFolder } from '../../../src/project/registry.ts';
import { NAME_PATTERN } from '../../../src/stack/source/names.ts';
import { errorOf, folderOf } from '../../support/stack-fixtures.ts';

const REDIS = { project: 'shop', service: 'redis' };

test('a project is called after both names, and what no project may be called differs from what may', () => {
  expect(projectName(REDIS)).toBe('shop-redis');
  const odd = ['shop_1', 'Shop', 'shop.1', `shop-${'x'.repeat(60)}`].map((service) =>
    projectName({ ...REDIS, service }),
  );
  for (const name of odd) expect(name).toMatch(NAME_PATTERN);
  expect(new Set(odd).size).toBe(odd.length);
  expect(odd).not.toContain(projectName({ ...REDIS, service: 'shop-1' }));
});

test.each([
  ['a/b', {}, 'a'],
  ['a', {}, 'a'],
  ['elsewhere', {}, 'elsewhere'],
  ['elsewhere', { COMPOSE_FILE: '../a/b/other.yaml:more.yaml' }, 'a/b'],
])('compose.yaml is looked for from %s upwards, with %j', async (at, env, found) => {
  await using root = await folderOf({ 'a/compose.yaml': '', 'a/b/other.yaml': '', 'elsewhere/note': '' });
  const place = await newPlace({ cwd: join(root.path, at), env }, REDIS);
  expect(place.folder).toBe(await realpath(join(root.path, found)));
});

test('a project that was brought up is found from every folder, and only by its own service', async () => {
  await using root = await folderOf({ 'a/compose.yaml': '', 'b/compose.yaml': '' });
  const at = (folder: string) => ({ cwd: join(root.path, folder), env: { XDG_STATE_HOME: root.path } });
  expect(await placeBefore(at('a'), REDIS)).toBeUndefined();
  const place = await newPlace(at('a'), REDIS);
  await mkdir(projectPaths(place.folder, place.name).root, { recursive: true });
  await markPlace(place);
  const entry = { id: 'shop-redis-1a2b3c', name: place.name, folder: place.folder };
  const more = { stack: 'redis', runtime: 'docker', ports: {}, updatedAt: '2026-11-20T10:00:00Z' };
  await putProject(registryFolder(at('a').env), { ...entry, ...more });
  expect(await placeBefore(at('b'), REDIS)).toEqual(place);
  expect(projectName({ project: 'shop-redis', service: 'redis' })).not.toBe(place.name);
  expect(await placeBefore(at('a'), { project: 'shop', service: 'cache' })).toBeUndefined();
});

test('a project that somebody else made under that name is refused with what to do', async () => {
  await using root = await folderOf({ 'compose.yaml': '' });
  const at = { cwd: root.path, env: {} };
  const place = await newPlace(at, REDIS);
  const paths = projectPaths(place.folder, place.name);
  await makeProjectFolder(paths);
  await writeFile(paths.record, '{}');
  expect(await errorOf(newPlace(at, REDIS))).toMatchObject({
    code: 'E_USAGE',
    hint: expect.stringContaining('stackctl clean --project shop-redis'),
  });
  await markPlace({ ...place, service: 'another' });
  expect(await errorOf(refuseForeign(place))).toMatchObject({ code: 'E_USAGE' });
  await markPlace(place);
  await refuseForeign(place);
});
