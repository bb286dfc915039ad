import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const runProgram = promisify(execFile);
const CODE = join('code', 'program-1.cjs');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-code-cache-'));
  await build({
    stdin: {
      contents: `
        import { loadCached } from './src/host/code-cache.ts';
        const [file, cacheFolder, code] = process.argv.slice(2);
        console.log(loadCached({ file, cacheFolder, part: 'up' }).answer());
        process.exit(Number(code));`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    outfile: join(folder, 'run.cjs'),
  });
  await writeFile(
    join(folder, 'program-1.cjs'),
    `exports.answer = () => [require('node:path').basename(__filename), new Error('x').stack.includes('program-1.cjs:1')];`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function run(cacheFolder: string, code = 0): Promise<string> {
  const args = [join(folder, 'run.cjs'), join(folder, 'program-1.cjs'), join(folder, cacheFolder), String(code)];
  const ended = await runProgram(process.execPath, args).catch((error: { stdout: string; code: number }) => error);
  expect('code' in ended ? ended.code : 0).toBe(code);
  return ended.stdout.trim();
}

async function kept(cacheFolder: string): Promise<string> {
  const parts = await readdir(join(folder, cacheFolder, CODE)).catch(() => []);
  expect(parts.length).toBeLessThan(2);
  return join(folder, cacheFolder, CODE, parts[0] ?? 'none');
}

const ANSWER = `[ 'program-1.cjs', true ]`;

test('keeps the compiled code of a run that succeeded, and uses it', async () => {
  expect(await run('a', 1)).toBe(ANSWER);
  expect(await kept('a')).toMatch(/none$/);
  expect(await run('a')).toBe(ANSWER);
  const file = await kept('a');
  const before = await stat(file);
  expect(before.mode & 0o777).toBe(0o600);
  expect(await run('a')).toBe(ANSWER);
  expect((await stat(file)).ino).toBe(before.ino);
});

test('believes neither a damaged file nor one that others can write', async () => {
  await run('b');
  const file = await kept('b');
  const bytes = await readFile(file);
  bytes[200] = (bytes[200] ?? 0) ^ 0xff;
  await writeFile(file, bytes);
  expect(await run('b')).toBe(ANSWER);
  const replaced = await stat(file);
  await chmod(file, 0o666);
  expect(await run('b')).toBe(ANSWER);
  expect((await stat(file)).ino).not.toBe(replaced.ino);
});

test('works where nothing can be kept', async () => {
  expect(await run('run.cjs')).toBe(ANSWER);
});
