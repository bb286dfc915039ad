/** What the package of stackctl promises to the programs of its stacks. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const manifest = (folder: string) => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));

test('an installed stackctl brings every library of the kit, in the version that the kit names', () => {
  expect(manifest('.').dependencies).toMatchObject(manifest('packages/service-kit').dependencies);
});

test('stackctl/service-kit is the kit', () => {
  const { exports } = manifest('packages/service-kit') as { exports: Readonly<Record<string, string>> };
  const inside = Object.entries(exports).map(([path, file]) => [
    path.replace(/^\./, './service-kit'),
    file.replace(/^\./, './packages/service-kit'),
  ]);
  expect(manifest('.').exports).toMatchObject(Object.fromEntries(inside));
});

test('a program of a built-in stack imports what a copy of its folder has: its own files, the kit and its libraries', () => {
  const libraries = ['stackctl/service-kit', ...Object.keys(manifest('packages/service-kit').dependencies)];
  const strangers = sources('templates').flatMap((file) =>
    importsOf(file)
      .filter((path) => !path.startsWith('node:'))
      .filter((path) =>
        path.startsWith('.')
          ? stackOf(join(dirname(file), path)) !== stackOf(file)
          : !libraries.some((name) => path === name || path.startsWith(`${name}/`)),
      )
      .map((path) => `${file}: ${path}`),
  );
  expect(strangers).toEqual([]);
});

test('the kit imports nothing of the repository around it', () => {
  const kit = 'packages/service-kit/';
  const strangers = sources(kit).flatMap((file) =>
    importsOf(file).filter((path) => path.startsWith('.') && !join(dirname(file), path).startsWith(kit)),
  );
  expect(strangers).toEqual([]);
});

function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[tj]s$/.test(path) && !/(^|\/)(dist|node_modules)\//.test(path))
    .map((path) => join(folder, path));
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^(?:import|export|\}).*? from '([^']+)'|\bimport\('([^']+)'\)/gm)].flatMap(
    ([, from, lazy]) => from ?? lazy ?? [],
  );
}

/** `templates/<stack>` */
function stackOf(path: string): string {
  return relative('.', path).split('/').slice(0, 2).join('/');
}
