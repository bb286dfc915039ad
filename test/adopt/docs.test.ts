import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtInPlugins } from '../../src/stack/contract/plugins.ts';
import { ROOT } from '../support/cli.ts';

test('docs/compose.md names every image by which a kind is known, in the row of that kind', async () => {
  const rows = (await readFile(join(ROOT, 'docs/compose.md'), 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const kinds = await Promise.all(builtInPlugins.kindNames().map(builtInPlugins.loadKind));
  const known = kinds.flatMap(({ name, adopt }) =>
    Object.keys(adopt?.images ?? {}).map((image) => `${image.replace(/^bitnamilegacy\//, 'bitnami/')} is ${name}`),
  );
  const documented = rows.flatMap((row) => {
    const [images = '', kind] = row.slice(1).split(' | ');
    const names = [...images.matchAll(/`([^`]+)`/g)].map(([, image]) => image);
    return names.map((image) => `${image} is ${/`([^`]+)`/.exec(kind ?? '')?.[1]}`);
  });
  expect(known.length).toBeGreaterThan(15);
  expect([...new Set(documented)].sort()).toEqual([...new Set(known)].sort());
});
