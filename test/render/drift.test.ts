import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drift } from '../../src/render/drift.ts';
import type { RenderedFile } from '../../src/stack/contract/files.ts';

const program = promisify(execFile);
const lines = (...all: readonly string[]) => `${all.join('\n')}\n`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-drift-'));
  await mkdir(join(folder, 'redis-1'));
});
afterEach(() => rm(folder, { recursive: true }));

const file = (path: string, text: string, mode: RenderedFile['mode'] = 0o644): RenderedFile => ({ path, text, mode });

test.each([
  ['patch', ['-p1', '-s', '-i', 'p']],
  ['git', ['apply', 'p']],
])('prints a patch that %s applies', async (name, args) => {
  const old = lines('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k');
  await writeFile(join(folder, 'redis-1/redis.conf'), old);
  await writeFile(join(folder, 'no-end'), 'one');
  const wanted = [
    file('redis-1/redis.conf', old.replace('b\n', '').replace('j', 'J\nnew')),
    file('no-end', 'two'),
    file('redis-1/start.sh', lines('#!/bin/sh', 'exec redis-server')),
    file('secret.conf', 'requirepass x', 0o600),
  ];
  const differences = await drift(folder, wanted);
  const patch = differences.map(({ diff }) => diff).join('\n');
  expect(patch).toContain('@@ -1,4 +1,3 @@\n a\n-b\n c\n d\n@@ -8,4 +7,5 @@\n h\n i\n-j\n+J\n+new\n k\n');
  expect(patch).toContain('secret.conf: missing (holds a secret: not shown)');
  expect(patch).not.toContain('requirepass');
  await writeFile(join(folder, 'p'), `${patch}\n`);
  await program(name, args, { cwd: folder });
  for (const { path, text } of wanted.slice(0, 3)) expect(await readFile(join(folder, path), 'utf8')).toBe(text);
  expect((await drift(folder, wanted)).map(({ path }) => path)).toEqual(['secret.conf']);
});

test('gives up on the shortest patch where nothing is alike', async () => {
  const all = (letter: string) => lines(...Array.from({ length: 20_000 }, (_, index) => `${letter}${index}`));
  await writeFile(join(folder, 'long'), all('a'));
  expect(await drift(folder, [file('long', all('b'))])).toEqual([
    { path: 'long', state: 'different', diff: 'long: different (too much to be shown)' },
  ]);
});
