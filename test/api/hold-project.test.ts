import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Hold, holding, letGo } from '../../src/api/hold-project.ts';
import { makeFolder, writeJson } from '../../src/lib/files.ts';
import type { OpenedProject } from '../../src/project/open.ts';
import { claimOwned, ownersFolder } from '../../src/project/owners.ts';
import { projectPaths } from '../../src/project/paths.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const IDENTITY = { id: 'mine-1234', name: 'mine' };

/** A claim on a project of which nothing is there yet. */
async function claimed(folder: string) {
  const paths = projectPaths(folder, IDENTITY.name);
  await makeFolder(paths.root, 0o700);
  const env = { XDG_STATE_HOME: join(folder, 'state') };
  const place = { folder, temporary: false };
  const list = ownersFolder(env);
  const claim = await claimOwned(list, { ...place, name: IDENTITY.name, keep: false }, new Date());
  const hold: Hold = { claim, place, name: IDENTITY.name, keep: false, env, emit: () => undefined };
  const project = { identity: { ...IDENTITY, folder }, paths, record: undefined } as unknown as OpenedProject;
  return { hold, project, paths, claims: () => readdir(list) };
}

test('a project that a person has brought up since it was looked for is refused under its lock, and nothing of it ended', async () => {
  await using folder = await folderOf({});
  const { hold, project, paths, claims } = await claimed(folder.path);
  await writeJson(paths.record, {}, 0o600);
  const start = async (): Promise<void> => expect.unreachable();
  await expect(holding(hold)(project, start)).rejects.toMatchObject({ code: 'E_USAGE' });
  await letGo(hold);
  expect(await readdir(paths.root)).toEqual(['project.json']);
  expect(await claims()).toEqual([]);
});

test('a first start is marked while it lasts, and leaves no mark where it came to no record', async () => {
  await using folder = await folderOf({});
  const { hold, project, paths, claims } = await claimed(folder.path);
  const start = async (): Promise<void> => {
    expect(await readdir(paths.root)).toEqual(['owned.json']);
    throw new Error('not this time');
  };
  await expect(holding(hold)(project, start)).rejects.toThrow('not this time');
  expect(hold.found).toEqual({ isNew: true, ran: false });
  expect(await readdir(paths.root)).toEqual([]);
  await letGo(hold);
  expect(await claims()).toEqual([]);
});
