import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../../src/lib/files.ts';

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

test.runIf(existsSync('/proc/self'))('ends where no folder can be made', async () => {
  await expect(makeFolder('/proc/none/of/it')).rejects.toMatchObject({ code: 'E_STATE_UNWRITABLE' });
});
