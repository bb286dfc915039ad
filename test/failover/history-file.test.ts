import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openHistoryFile } from '../../src/failover/history-file.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'history-')), 'failover');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

it('writes every entry as a line of a file that only its owner can read', async () => {
  const file = await openHistoryFile({ folder, runId: 'a', keep: 10 });
  for (let value = 1; value <= 500; value++) file.append({ value });
  await file.close();
  const lines = (await readFile(file.path, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).value)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  expect((await stat(file.path)).mode & 0o777).toBe(0o600);
});

it('keeps the newest files, its own included', async () => {
  for (let run = 1; run <= 13; run++) {
    await (await openHistoryFile({ folder, runId: `run-${String(run).padStart(2, '0')}`, keep: 10 })).close();
  }
  const files = (await readdir(folder)).sort();
  expect(files).toHaveLength(10);
  expect(files[0]).toBe('run-04.ndjson');
});

it('ignores what comes after it was closed', async () => {
  const file = await openHistoryFile({ folder, runId: 'a', keep: 10 });
  await file.close();
  file.append({ value: 1 });
  expect(await readFile(file.path, 'utf8')).toBe('');
});

it('names the folder that cannot be written', async () => {
  await writeFile(folder, 'a file where the folder should be');
  await expect(openHistoryFile({ folder, runId: 'a', keep: 10 })).rejects.toMatchObject({
    code: 'E_STATE_UNWRITABLE',
    details: { file: folder },
  });
});
