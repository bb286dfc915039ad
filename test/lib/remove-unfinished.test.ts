import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeUnfinished } from '../../src/lib/remove-unfinished.ts';
import { folderOf } from '../support/stack-fixtures.ts';

test('what a killed process was writing goes after a minute, and nothing else', async () => {
  const text = Object.fromEntries(
    ['a.json', 'a.json.0123abcd.tmp', 'b.json.0123abcd.tmp', 'own.tmp'].map((name) => [name, '{}']),
  );
  await using folder = await folderOf(text);
  const now = Date.now();
  for (const name of ['a.json', 'a.json.0123abcd.tmp', 'own.tmp']) {
    await utimes(join(folder.path, name), 1, (now - 61_000) / 1000);
  }
  await removeUnfinished(folder.path, now);
  expect((await readdir(folder.path)).sort()).toEqual(['a.json', 'b.json.0123abcd.tmp', 'own.tmp']);
  await removeUnfinished(join(folder.path, 'not there'), now);
});
