import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeRendered } from '../../../src/render/write.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

const MODES = [0o600, 0o644, 0o755] as const;

/** Not among the unit tests: those are threads of one process, which has one umask. */
test.each([0o000, 0o022, 0o077])('files have exactly their modes, whatever the umask is: %o', async (umask) => {
  await using folder = await folderOf({});
  const before = process.umask(umask);
  try {
    for (const mode of MODES)
      await writeRendered(join(folder.path, String(mode)), [{ path: 'a', text: 'x', mode }], { prune: false });
  } finally {
    process.umask(before);
  }
  for (const mode of MODES) expect((await stat(join(folder.path, String(mode), 'a'))).mode & 0o777).toBe(mode);
});
