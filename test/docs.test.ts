import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EXIT } from '../src/errors.ts';
import { MAY_IMPORT } from './architecture/import-table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

async function pages(): Promise<readonly string[]> {
  const below = async (folder: string) =>
    (await readdir(join(ROOT, folder), { recursive: true }))
      .filter((name) => name.endsWith('.md') && !/node_modules|\.venv/.test(name))
      .map((name) => join(folder, name));
  return [
    'README.md',
    ...(await below('docs')),
    ...(await below('packages')),
    ...(await below('templates')),
    ...(await below('examples')),
  ];
}

test.each(await pages())('%s: every link to a file leads to one, and nothing is left to be filled in', async (page) => {
  const text = await readFile(join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '');
  const local = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(local.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  expect(text).not.toMatch(/@@|TODO|FIXME|XXX/);
});

test.each(await pages())('%s: stackctl is installed from what `npm pack` made, and from no registry', async (page) => {
  const text = await readFile(join(ROOT, page), 'utf8');
  const commands = [...text.matchAll(/npm (?:install|i|add) [^\n`)]*/g)].map(([command]) =>
    command.replace(/\s#.*/, ''),
  );
  expect(commands.filter((command) => / stackctl(?=\s|@|$)/.test(command))).toEqual([]);
});

test('docs/architecture.md names files that exist', async () => {
  const text = await readFile(join(ROOT, 'docs/architecture.md'), 'utf8');
  const named = [...text.matchAll(/`([\w./-]+\/[\w./-]+)`/g)].map((match) => match[1] ?? '');
  const gone = named.filter((path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, 'src', path)));
  expect(gone.filter((path) => !/^(dist|rendered|stackctl)\//.test(path))).toEqual([]);
});

test('docs/architecture.md has the table of imports that is held', async () => {
  const text = await readFile(join(ROOT, 'docs/architecture.md'), 'utf8');
  const table = text.slice(text.indexOf('## Who imports whom'));
  const rows = [...table.matchAll(/^\| (`.*?) \| (.*?) \|$/gm)].flatMap(([, modules = '', allowed = '']) =>
    namesIn(modules).map((name) => [name, namesIn(allowed.split(';')[0] ?? '')] as const),
  );
  const { 'service-kit': kit, ...said } = Object.fromEntries(rows);
  expect(kit).toEqual([]);
  expect(said).toEqual(
    Object.fromEntries(Object.entries(MAY_IMPORT).map(([name, allowed]) => [name, allowed.toSorted()])),
  );
});

/** Modules in backticks, without their subfolders. */
function namesIn(cell: string): readonly string[] {
  const paths = [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path.replace(/^packages\//, ''));
  return paths.map((path) => path.split('/')[0] ?? path).toSorted();
}

test('the glossary has one row for each word', async () => {
  const text = await readFile(join(ROOT, 'docs/glossary.md'), 'utf8');
  const words = [...text.matchAll(/^\| (\*\*.*?) \|/gm)].flatMap((match) => match[1]?.split(', ') ?? []);
  expect(words.length).toBeGreaterThan(35);
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
});

test('the README names every built-in stack', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const stacks = await readdir(join(ROOT, 'templates'));
  expect(stacks.filter((stack) => !readme.includes(`templates/${stack}/README.md`))).toEqual([]);
});

test('the README has every exit code', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('**Exit codes.**'), readme.indexOf('**For programs.**'));
  const listed = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = '']) => codes.split(', ').map(Number));
  expect(listed).toEqual(Object.values(EXIT));
});
