import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { kindNames, loadKind, runtimeNames } from '../../../src/stack/contract/plugins.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

test('finds the folders of the source tree', async () => {
  expect(kindNames()).toContain('redis');
  expect(kindNames()).toEqual([...kindNames()].sort());
  for (const name of kindNames()) expect((await loadKind(name)).name).toBe(name);
});

test('a bundle has a chunk for every kind and still knows their names', async () => {
  await using folder = await folderOf({
    'src/kinds/apple/index.ts': 'export const kind = { name: "apple" };',
    'src/kinds/pear/index.ts': 'export const kind = { name: "pear" };',
    'src/runtimes/process/index.ts': 'export const open = () => "opened";',
    'src/main.ts': `import { kindNames, loadKind, loadRuntime, runtimeNames } from './stack/contract/plugins.ts';
      console.log(JSON.stringify([kindNames(), runtimeNames(), (await loadKind('pear')).name, (await loadRuntime('process')).open()]));`,
    'src/stack/contract/plugins.ts': await sourceOf('plugins.ts'),
  });
  await build({
    entryPoints: [`${folder.path}/src/main.ts`],
    outdir: `${folder.path}/dist`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    define: { STACKCTL_KIND_NAMES: '["apple","pear"]', STACKCTL_RUNTIME_NAMES: '["process"]' },
    outExtension: { '.js': '.mjs' },
  });
  const { stdout } = await promisify(execFile)(process.execPath, [`${folder.path}/dist/main.mjs`]);
  expect(JSON.parse(stdout)).toEqual([['apple', 'pear'], ['process'], 'pear', 'opened']);
});

test('every runtime of the tree has a name that the model knows', () => {
  for (const name of runtimeNames()) expect(['docker', 'process']).toContain(name);
});

async function sourceOf(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(fileURLToPath(new URL(`../../../src/stack/contract/${file}`, import.meta.url)), 'utf8');
}
