import { expect, test } from 'vitest';
import { folderContent } from '../../../src/stack/load/folder-content.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

const paths = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  await using folder = await folderOf(files);
  return [...(await folderContent(folder.path)).files.keys()];
};

test('what git, package managers, interpreters and stackctl put there does not count', async () => {
  const left = [
    'node_modules/a/x.js',
    '.git/HEAD',
    '.venv/x',
    'a/__pycache__/x.pyc',
    '.pytest_cache/x',
    '.stackctl/p/x',
  ];
  const venv = ['py/pyvenv.cfg', 'py/lib/x.py'];
  const files = Object.fromEntries(
    [...left, ...venv, 'a/x.py', 'run.log', 'a/b.log', 'x.pid'].map((path) => [path, '']),
  );
  expect(await paths(files)).toEqual(['a/x.py']);
});

test('names alone do not decide: a file may be called as a folder that is left out, a folder as a log', async () => {
  expect(await paths({ 'a/.venv': '', 'x.log/y.py': '', 'logs/z': '', 'pid.ts': '' })).toEqual([
    'a/.venv',
    'logs/z',
    'pid.ts',
    'x.log/y.py',
  ]);
});

test('.dockerignore decides too, and never against the Dockerfile', async () => {
  expect(await paths({ '.dockerignore': '*\n!dist\n', Dockerfile: '', 'dist/x.mjs': '', 'src/x.ts': '' })).toEqual([
    'Dockerfile',
    'dist/x.mjs',
  ]);
});

test('the hash stays what it was before files were listed', async () => {
  await using folder = await folderOf({ 'b.txt': 'two', 'a/c.txt': 'three\n' });
  expect((await folderContent(folder.path)).hash).toBe('dc2a3b0d0cac13cd');
  expect((await folderContent('/nowhere/at/all')).hash).toBe('');
});
