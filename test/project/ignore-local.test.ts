import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ignoreLocal } from '../../src/project/ignore-local.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const NAME = 'stackctl.local.yaml';

test.each([
  ['.env', '.env\n/stackctl.local.yaml\n'],
  ['', '/stackctl.local.yaml\n'],
  [`# ours\r\n${NAME}\r\n`, undefined],
  [`/${NAME}`, undefined],
  [`# ${NAME}\n`, `# ${NAME}\n/${NAME}\n`],
])('%j in .gitignore', async (before, after) => {
  await using folder = await folderOf({ '.gitignore': before });
  const file = join(folder.path, '.gitignore');
  expect(await ignoreLocal(folder.path, NAME)).toBe(after === undefined ? undefined : file);
  expect(await readFile(file, 'utf8')).toBe(after ?? before);
});

test('where there is none it is made in a repository, and nowhere else', async () => {
  await using folder = await folderOf({ 'repo/deep/x': '', 'else/x': '' });
  await mkdir(join(folder.path, 'repo/.git'));
  const deep = join(folder.path, 'repo/deep');
  expect(await ignoreLocal(deep, NAME)).toBe(join(deep, '.gitignore'));
  expect(await readFile(join(deep, '.gitignore'), 'utf8')).toBe(`/${NAME}\n`);
  expect(await ignoreLocal(join(folder.path, 'else'), NAME)).toBe(undefined);
});
