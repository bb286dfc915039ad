import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { kindNames, loadKind, runtimeNames, runtimes } from '../../../src/stack/contract/plugins.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

test('finds the folders of the source tree', async () => {
  expect(kindNames()).toContain('redis');
  expect(kindNames()).toEqual([...kindNames()].sort());
  for (const name of kindNames()) expect((await loadKind(name)).name).toBe(name);
});

test('finds the runtimes, each with all of its facts, in the order in which auto tries them', () => {
  const facts = z.strictObject({
    name: z.string(),
    autoRank: z.int().min(1).nullable(),
    startsFrom: z.enum(['image', 'binary']),
    addressing: z.enum(['network', 'loopback']),
    isolatesFiles: z.boolean(),
    rendersCompose: z.boolean(),
    endOfLost: z.string().min(1),
  });
  for (const one of runtimes()) expect(facts.parse(one)).toEqual(one);
  const tried = runtimes().filter(({ autoRank }) => autoRank !== null);
  expect(tried.map(({ name }) => name)).toEqual(['docker', 'process']);
  expect(runtimeNames().slice(0, 2)).toEqual(['docker', 'process']);
});

test('a bundle has a chunk for every folder, still knows their names, and what the runtimes say', async () => {
  await using folder = await folderOf({
    'src/kinds/apple/index.ts': 'export const kind = { name: "apple" };',
    'src/kinds/pear/index.ts': 'export const kind = { name: "pear" };',
    'src/runtimes/barrel/index.ts': 'export const open = () => "opened";',
    'src/main.ts': `import { factsOf, kindNames, loadKind, loadRuntime, runtimeNames } from './stack/contract/plugins.ts';
      console.log(JSON.stringify([kindNames(), runtimeNames(), factsOf('barrel').addressing,
        (await loadKind('pear')).name, (await loadRuntime('barrel')).open()]));`,
    'src/stack/contract/plugins.ts': await sourceOf('plugins.ts'),
  });
  await build({
    entryPoints: [`${folder.path}/src/main.ts`],
    outdir: `${folder.path}/dist`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    define: {
      STACKCTL_KIND_NAMES: '["apple","pear"]',
      STACKCTL_RUNTIMES: '[{"name":"jar","autoRank":null},{"name":"barrel","autoRank":1,"addressing":"loopback"}]',
    },
    outExtension: { '.js': '.mjs' },
  });
  const { stdout } = await promisify(execFile)(process.execPath, [`${folder.path}/dist/main.mjs`]);
  expect(JSON.parse(stdout)).toEqual([['apple', 'pear'], ['barrel', 'jar'], 'loopback', 'pear', 'opened']);
});

async function sourceOf(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(fileURLToPath(new URL(`../../../src/stack/contract/${file}`, import.meta.url)), 'utf8');
}
