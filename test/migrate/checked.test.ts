import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireChecked } from '../../src/migrate/checked.ts';
import type { MigrationFile } from '../../src/migrate/file.ts';
import { errorOf, folderOf } from '../support/stack-fixtures.ts';

/** Counts how often each file is read. */
function filesOf(checksums: readonly string[], bad: readonly string[] = []) {
  const reads: string[] = [];
  const files = checksums.map((checksum): MigrationFile => {
    const problems = bad.includes(checksum) ? [{ file: checksum, field: '', message: 'is wrong' }] : [];
    return {
      name: checksum,
      path: checksum,
      version: 1n,
      checksum,
      lenientChecksums: () => [],
      text: '',
      content: () => {
        reads.push(checksum);
        return problems.length > 0 ? { ok: false, problems } : { ok: true, content: {} as never };
      },
    };
  });
  return { files, reads };
}

test('a file is read once, as long as it and stackctl stay as they are', async () => {
  await using folder = await folderOf({});
  const path = join(folder.path, 'checked.json');
  const first = filesOf(['a', 'b']);
  await requireChecked(path, first.files);
  expect(first.reads).toEqual(['a', 'b']);
  const second = filesOf(['a', 'b', 'c']);
  await requireChecked(path, second.files);
  expect(second.reads).toEqual(['c']);
  const noted = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...noted, version: 'another' }));
  const third = filesOf(['a']);
  await requireChecked(path, third.files);
  expect(third.reads).toEqual(['a']);
});

test('a wrong file is not remembered, nor what cannot be written', async () => {
  await using folder = await folderOf({});
  const path = join(folder.path, 'checked.json');
  const { files } = filesOf(['a', 'b'], ['b']);
  expect(await errorOf(requireChecked(path, files))).toMatchObject({ code: 'E_MIGRATION_INVALID' });
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  await requireChecked(join(folder.path, 'nowhere', 'checked.json'), filesOf(['a']).files);
});
