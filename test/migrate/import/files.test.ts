import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSource } from '../../../src/migrate/import/read-source.ts';
import { writeTarget } from '../../../src/migrate/import/write-target.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('texts are read with their places below the folder, programs are named, the rest is not there', async () => {
  const source = join(folder, 'source');
  await mkdir(join(source, 'x/.git'), { recursive: true });
  await mkdir(join(source, 'node_modules'));
  for (const name of ['b.sql', 'a.go', 'notes.md', 'x/V1__c.sql', 'x/.git/d.sql', 'node_modules/e.sql'])
    await writeFile(join(source, name), name);
  await writeFile(join(source, 'bad.sql'), Buffer.from([0x61, 0xff]));
  expect(await readSource(source, 'db')).toEqual([
    { name: 'a.go', path: 'db/a.go', text: '' },
    { name: 'b.sql', path: 'db/b.sql', text: 'b.sql', mistake: undefined },
    expect.objectContaining({ name: 'bad.sql', mistake: expect.objectContaining({ line: 1, column: 2 }) }),
    { name: 'x/V1__c.sql', path: 'db/x/V1__c.sql', text: 'x/V1__c.sql', mistake: undefined },
  ]);
  expect(await readSource(join(source, 'b.sql'), 'db/b.sql')).toMatchObject([{ name: 'b.sql', path: 'db/b.sql' }]);
  await expect(readSource(join(source, 'none'), 'db/none')).rejects.toMatchObject({ code: 'E_USAGE' });
});

test('all files are written, or none', async () => {
  const target = join(folder, 'stack/migrations');
  const [one, two, three] = ['1_a.sql', '2_b.sql', '3_c.sql'].map((name) => ({ target: name, text: `-- ${name}\n` }));
  if (!one || !two || !three) throw new Error();
  await writeTarget(target, [one]);
  expect(await readFile(join(target, '1_a.sql'), 'utf8')).toBe('-- 1_a.sql\n');
  // What another program has put there in the meantime stays, and nothing of the rest is left.
  await writeFile(join(target, '3_c.sql'), 'mine');
  const refused = writeTarget(target, [two, three]);
  await expect(refused).rejects.toMatchObject({
    code: 'E_STATE_UNWRITABLE',
    message: expect.stringContaining('3_c.sql'),
  });
  expect(await readdir(target)).toEqual(['1_a.sql', '3_c.sql']);
  expect(await readFile(join(target, '3_c.sql'), 'utf8')).toBe('mine');
  expect(await readdir(join(folder, 'stack'))).toEqual(['migrations']);
});

test('what a killed run has left beside the folder does not matter', async () => {
  const target = join(folder, 'left/migrations');
  await mkdir(join(folder, 'left/.migrations.import'), { recursive: true });
  await writeFile(join(folder, 'left/.migrations.import/1_a.sql'), 'half');
  await writeTarget(target, [{ target: '1_a.sql', text: 'whole' }]);
  expect(await readFile(join(target, '1_a.sql'), 'utf8')).toBe('whole');
  expect(await readdir(join(folder, 'left'))).toEqual(['migrations']);
});
