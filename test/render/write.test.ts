import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow, writeRendered } from '../../src/render/write.ts';
import type { RenderedFile } from '../../src/stack/contract/files.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const FILES: readonly RenderedFile[] = [
  { path: 'a/x.conf', text: 'x\n', mode: 0o644 },
  { path: 'a/secret', text: 's\n', mode: 0o600 },
  { path: 'start.sh', text: '#!/bin/sh\n', mode: 0o755 },
];

test('writes files with exactly their modes', async () => {
  await using folder = await folderOf({});
  await writeRendered(join(folder.path, 'out'), FILES, { prune: false });
  expect(await filesBelow(join(folder.path, 'out'))).toEqual(['a/secret', 'a/x.conf', 'start.sh']);
  for (const { path, mode, text } of FILES) {
    expect(await readFile(join(folder.path, 'out', path), 'utf8')).toBe(text);
    expect((await stat(join(folder.path, 'out', path))).mode & 0o777).toBe(mode);
  }
});

test('a file that is right already is not touched, one with another text or mode is', async () => {
  await using folder = await folderOf({});
  const inode = async (path: string): Promise<number> => (await stat(join(folder.path, path))).ino;
  await writeRendered(folder.path, FILES, { prune: false });
  const [same, changed] = [await inode('a/x.conf'), await inode('start.sh')];
  await chmod(join(folder.path, 'a/secret'), 0o644);
  await writeFile(join(folder.path, 'start.sh'), 'mine');
  await writeRendered(folder.path, FILES, { prune: false });
  expect(await inode('a/x.conf')).toBe(same);
  expect(await inode('start.sh')).not.toBe(changed);
  expect((await stat(join(folder.path, 'a/secret'))).mode & 0o777).toBe(0o600);
});

test('other files go only with prune, and folders stay', async () => {
  await using folder = await folderOf({ 'a/old': '', 'gone/older': '', mine: '' });
  await writeRendered(folder.path, FILES, { prune: false });
  expect(await filesBelow(folder.path)).toContain('mine');
  await writeRendered(folder.path, FILES, { prune: true });
  expect(await filesBelow(folder.path)).toEqual(['a/secret', 'a/x.conf', 'start.sh']);
  expect((await stat(join(folder.path, 'gone'))).isDirectory()).toBe(true);
});

test('a folder that is not there has no files; a file in its place is an error that names it', async () => {
  await using folder = await folderOf({ file: '' });
  expect(await filesBelow(join(folder.path, 'none'))).toEqual([]);
  await mkdir(join(folder.path, 'start.sh'));
  await expect(writeRendered(join(folder.path, 'file'), FILES, { prune: false })).rejects.toMatchObject({
    code: 'E_STATE_UNWRITABLE',
  });
});
