import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withVersionCache } from '../../../../src/runtimes/process/binaries/version-cache.ts';
import { folderOf } from '../../../support/stack-fixtures.ts';

test('what one project has learned, another one knows', async () => {
  await using folder = await folderOf({});
  const env = { XDG_CACHE_HOME: folder.path };
  const ask = (key: string) => withVersionCache(env, async ({ get }) => get(key));
  expect(await ask('server 1')).toBeUndefined();
  await withVersionCache(env, async ({ set }) => set('server 1', '7.0.15'));
  await withVersionCache(env, async ({ set }) => set('client 1', '7.2'));
  expect(await Promise.all(['server 1', 'client 1', 'server 2'].map(ask))).toEqual(['7.0.15', '7.2', undefined]);
  for (let n = 0; n < 210; n++) await withVersionCache(env, async ({ set }) => set(`other ${n}`, '1'));
  expect(await Promise.all(['server 1', 'other 209'].map(ask))).toEqual([undefined, '1']);
});

test('a cache that is damaged or cannot be written costs time and nothing else', async () => {
  await using folder = await folderOf({ 'stackctl/versions.json': '{"half": "' });
  const env = { XDG_CACHE_HOME: folder.path };
  const learn = async (): Promise<string> =>
    withVersionCache(env, async ({ get, set }) => {
      set('server', '8');
      return get('server') ?? '';
    });
  expect(await learn()).toBe('8');
  expect(JSON.parse(await readFile(join(folder.path, 'stackctl/versions.json'), 'utf8'))).toEqual({ server: '8' });
  await using blocked = await folderOf({});
  await writeFile(join(blocked.path, 'stackctl'), 'a file');
  expect(await withVersionCache({ XDG_CACHE_HOME: blocked.path }, async ({ set }) => set('a', 'b'))).toBeUndefined();
});
