import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  putProject,
  type RegistryEntry,
  readRegistry,
  registryFolder,
  removeProject,
  reservedPorts,
} from '../../src/project/registry.ts';
import { folderOf } from '../support/stack-fixtures.ts';

test.each([
  [{ XDG_STATE_HOME: '/state', HOME: '/home/a' }, 'linux', '/state/stackctl/projects'],
  [{ XDG_STATE_HOME: 'relative', HOME: '/home/a' }, 'linux', '/home/a/.local/state/stackctl/projects'],
  [{ HOME: '/Users/a' }, 'darwin', '/Users/a/Library/Application Support/stackctl/projects'],
] as const)('%j on %s', (env, platform, expected) => {
  expect(registryFolder(env, platform)).toBe(expected);
});

test('lists projects, tells lost ones apart, and forgets what was removed', async () => {
  await using folder = await folderOf({ 'here/.stackctl/a/project.json': '{}' });
  const registry = join(folder.path, 'state/projects');
  const entry = (id: string, where: string, port: number): RegistryEntry => ({
    id,
    name: 'a',
    stack: 's',
    folder: join(folder.path, where),
    runtime: 'process',
    ports: { 'store-1': { main: port } },
    updatedAt: '2026-11-20T10:00:00.000Z',
  });
  expect(await readRegistry(registry)).toEqual({ projects: [], lost: [] });
  const [here, gone] = [entry('a-111111', 'here', 7000), entry('a-222222', 'gone', 7001)];
  await putProject(registry, here);
  await putProject(registry, gone);
  // The time of an entry is that of its last change.
  await putProject(registry, { ...here, updatedAt: '2026-11-21T10:00:00.000Z' });
  await writeFile(join(registry, 'broken.json'), '{"id": ');
  await writeFile(join(registry, 'strange.json'), '{"id": "x", "ports": 3}');
  await mkdir(join(registry, 'folder'));
  const read = await readRegistry(registry);
  expect(read).toEqual({
    projects: [{ ...here, folderNumber: expect.any(Number), stateNumber: expect.any(Number) }],
    lost: [gone],
  });
  expect([...reservedPorts(read, 'other')]).toEqual([[7000, { id: 'a-111111', name: 'a', folder: here.folder }]]);
  expect([...reservedPorts(read, 'a-111111')]).toEqual([]);
  await removeProject(registry, 'a-222222');
  await removeProject(registry, 'a-222222');
  expect((await readRegistry(registry)).lost).toEqual([]);
});
