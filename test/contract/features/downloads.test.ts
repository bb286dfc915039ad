import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchDownload } from '../../../src/doctor/fixes/fetch-download.ts';
import { findBinary } from '../../../src/runtimes/process/binaries/find.ts';
import type { Download } from '../../../src/stack/contract/needs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-downloads-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a package of the registry gets into the cache folder and is found there', async () => {
  const download: Download = {
    id: 'isexe-3.1.1',
    from: 'npm',
    packages: ['isexe@3.1.1'],
    path: 'node_modules/isexe',
    sizeMb: 1,
  };
  const env = { ...process.env, XDG_CACHE_HOME: folder };
  const signal = AbortSignal.timeout(60_000);
  await fetchDownload({ download, cacheFolder: join(folder, 'stackctl'), env, signal });
  const need = {
    name: 'isexe-of-the-registry',
    versionArgs: ['--version'],
    versionPattern: /(.*)/,
    range: '*',
    knownPaths: [],
    packages: { debian: [], brew: '' },
    download,
  };
  const found = await findBinary(need, env);
  if (found.type !== 'found') throw new Error(found.type);
  expect(found.version).toBe('3.1.1');
  expect(JSON.parse(await readFile(join(found.path, 'package.json'), 'utf8'))).toMatchObject({ version: '3.1.1' });
});
