/** `stackctl-service-kit build` in a folder with nothing above it, as the `npm run build` of a copied program calls it. */
import { execFile as execFileWithCallback } from 'node:child_process';
import { mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runCommand } from '../../../packages/service-kit/build/command.js';
import { folderOf } from '../../support/stack-fixtures.ts';

const execFile = promisify(execFileWithCallback);

async function build(folder: string, ...words: readonly string[]): Promise<{ code: number; err: string }> {
  let err = '';
  const code = await runCommand({
    argv: ['node', 'stackctl-service-kit', ...(words.length === 0 ? ['build'] : words)],
    cwd: () => folder,
    stderr: { write: (text: string) => (err += text) },
  });
  return { code, err };
}

test('the kit and its libraries are there without an installation; what is installed beside the source comes first', async () => {
  await using folder = await folderOf({
    'src/main.ts': `import { Hono } from 'hono';
import { Redis } from 'ioredis';
import { Secret } from 'stackctl/service-kit';
import { createProxy } from 'stackctl/service-kit/gateway';
console.log(new Hono().routes.length, String(new Secret('x')), typeof createProxy, Redis);`,
    'node_modules/ioredis/package.json': '{"main": "i.js"}',
    'node_modules/ioredis/i.js': 'exports.Redis = "own";',
  });
  expect(await build(folder.path)).toEqual({ code: 0, err: '' });
  const { stdout } = await execFile(process.execPath, ['dist/main.mjs'], { cwd: folder.path });
  expect(stdout).toBe('0 [redacted] function own\n');
});

test.each([
  ['a mistake', 'const a: = 1', [], 1, /✘ \[ERROR\] .*\n\n {4}src\/main\.ts:1:9:/],
  [
    'a library that is not there',
    `import 'left/pad'`,
    [],
    1,
    /src\/main\.ts:1:7:[\s\S]*\nto install it in this folder: npm install left\n$/,
  ],
  ['a file that is not there', `import './other.ts'`, [], 1, /Could not resolve ".\/other.ts"(?![\s\S]*npm install)/],
  ['no source', undefined, [], 1, /^there is no src\/main\.ts in /],
  ['a verb that it does not have', '', ['bundle'], 2, /^usage: stackctl-service-kit build \| dev/],
] as const)('%s: one clear answer and no stack trace', async (_what, source, words, code, answer) => {
  await using folder = await folderOf(source === undefined ? { 'package.json': '{}' } : { 'src/main.ts': source });
  const result = await build(folder.path, ...words);
  expect(result.code).toBe(code);
  expect(result.err).toMatch(answer);
  expect(result.err).not.toMatch(/^ +at /m);
});

test('what was built before stays where the source has a mistake now', async () => {
  await using folder = await folderOf({ 'src/main.ts': 'console.log(1)' });
  expect((await build(folder.path)).code).toBe(0);
  const before = await readFile(join(folder.path, 'dist/main.mjs'), 'utf8');
  await writeFile(join(folder.path, 'src/main.ts'), 'const a: = 1');
  expect((await build(folder.path)).code).toBe(1);
  expect(await readFile(join(folder.path, 'dist/main.mjs'), 'utf8')).toBe(before);
});

test('a program that is read while it is built is whole: the old one or the new one; the same text is not written again', async () => {
  await using folder = await folderOf({ 'src/main.ts': 'console.log("first")' });
  const built = join(folder.path, 'dist/main.mjs');
  await build(folder.path);
  const first = await stat(built);
  await build(folder.path);
  expect((await stat(built)).ino).toBe(first.ino);
  await using reader = await open(built);
  await writeFile(join(folder.path, 'src/main.ts'), 'console.log("second")');
  expect(await build(folder.path)).toEqual({ code: 0, err: '' });
  expect(await reader.readFile('utf8')).toContain('"first"');
  expect(await readFile(built, 'utf8')).toContain('"second"');
  expect(await readdir(join(folder.path, 'dist'))).toEqual(['main.mjs']);
});

test('a file that cannot be written is named', async () => {
  await using folder = await folderOf({ 'src/main.ts': 'console.log(1)' });
  await mkdir(join(folder.path, 'dist/main.mjs'), { recursive: true });
  const { code, err } = await build(folder.path);
  expect(code).toBe(1);
  expect(err).toContain("dist/main.mjs'");
  expect(err).not.toContain('.next');
  expect(await readdir(join(folder.path, 'dist'))).toEqual(['main.mjs']);
});
