import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, writeJson } from '../../src/lib/files.ts';

test('makes a folder with its parents, and leaves one alone that is there', async () => {
  const base = await mkdtemp(join(tmpdir(), 'stackctl-files-'));
  try {
    await makeFolder(join(base, 'a/b/c'), 0o700);
    await makeFolder(join(base, 'a/b/c'));
    expect((await stat(join(base, 'a/b/c'))).mode & 0o777).toBe(0o700);
    await writeFile(join(base, 'file'), '');
    await expect(makeFolder(join(base, 'file'))).rejects.toMatchObject({ code: 'E_STATE_UNWRITABLE' });
    await expect(makeFolder(join(base, 'file/a'))).rejects.toMatchObject({ code: 'E_STATE_UNWRITABLE' });
  } finally {
    await rm(base, { recursive: true });
  }
});

test('a JSON file that says the same already stays as it is; another text or mode replaces it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-files-'));
  const path = join(folder, 'deep', 'a.json');
  const number = async (): Promise<number> => (await stat(path)).ino;
  try {
    await writeJson(path, { a: 1 }, 0o600);
    const first = await number();
    await writeJson(path, { a: 1 }, 0o600);
    expect(await number()).toBe(first);
    await chmod(path, 0o644);
    await writeJson(path, { a: 1 }, 0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeJson(path, { a: 2 }, 0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ a: 2 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.runIf(existsSync('/proc/self'))('ends where no folder can be made', async () => {
  await expect(makeFolder('/proc/none/of/it')).rejects.toMatchObject({ code: 'E_STATE_UNWRITABLE' });
});
