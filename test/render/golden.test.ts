import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { render } from '../../src/render/render.ts';
import { runtimeNames } from '../../src/stack/contract/plugins.ts';
import { builtInNames, builtInStack } from '../support/built-in-stack.ts';

const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url));
/** Written with `UPDATE_GOLDEN=1`; the difference in git is the review. */
const UPDATE = process.env.UPDATE_GOLDEN === '1';

type Files = Readonly<Record<string, string>>;

describe.each(builtInNames())('%s', (stack) => {
  test.each(runtimeNames())('%s: every byte and mode is the golden one', async (runtime) => {
    const folder = join(GOLDEN, stack, runtime);
    const rendered = await renderedFiles(stack, runtime);
    if (UPDATE) await write(folder, rendered);
    expect(rendered).toEqual(await read(folder));
  });

  test.each(runtimeNames())('%s: rendering twice gives the same bytes', async (runtime) => {
    expect(await renderedFiles(stack, runtime)).toEqual(await renderedFiles(stack, runtime));
  });
});

test('there is no golden folder of a stack that is gone', async () => {
  const folders = await readdir(GOLDEN);
  expect(folders.filter((name) => !builtInNames().includes(name))).toEqual([]);
});

/** With a file MODES, because git keeps only one bit of a mode. */
async function renderedFiles(stack: string, runtime: string): Promise<Files> {
  const { files } = render(await builtInStack(stack, { runtime }));
  const modes = files.map(({ path, mode }) => `${mode.toString(8).padStart(4, '0')} ${path}\n`).join('');
  return Object.fromEntries([...files.map(({ path, text }) => [path, text]), ['MODES', modes]]);
}

async function read(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')]));
  return Object.fromEntries(texts);
}

async function write(folder: string, files: Files): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
