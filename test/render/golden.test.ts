import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { render } from '../../src/render/render.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { runtimeNames } from '../../src/stack/contract/plugins.ts';
import { builtInNames, builtInStack } from '../support/built-in-stack.ts';

const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url));
/** Written with `UPDATE_GOLDEN=1`; the difference in git is the review. */
const UPDATE = process.env.UPDATE_GOLDEN === '1';
/** Scripts hardly depend on the stack: each stands here once, and FILES says which one a path is. */
const SCRIPTS = 'scripts';

/** Path below a folder -> text. */
type Files = Readonly<Record<string, string>>;

interface Rendered {
  readonly stack: string;
  readonly runtime: string;
  readonly files: readonly { readonly path: string; readonly text: string; readonly mode: number }[];
  readonly kindOf: ReadonlyMap<string, string>;
}

let all: readonly Rendered[];
/** Text of a script -> its path in the folder of scripts. */
let scripts: ReadonlyMap<string, string>;

beforeAll(async () => {
  all = await Promise.all(
    builtInNames().flatMap((stack) => runtimeNames().map((runtime) => renderStack(stack, runtime))),
  );
  scripts = namedScripts(all);
});

describe.each(builtInNames())('%s', (stack) => {
  test.each(runtimeNames())('%s: every byte and mode is the golden one', async (runtime) => {
    const rendered = all.find((one) => one.stack === stack && one.runtime === runtime);
    await expectGolden(join(stack, runtime), rendered === undefined ? {} : goldenFiles(rendered));
  });
});

test('every script is the golden one', async () => {
  await expectGolden(SCRIPTS, Object.fromEntries([...scripts].map(([text, name]) => [name, text])));
});

test('there is no golden folder of a stack that is gone', async () => {
  const folders = await readdir(GOLDEN);
  expect(folders.filter((name) => name !== SCRIPTS && !builtInNames().includes(name))).toEqual([]);
});

async function renderStack(stack: string, runtime: string): Promise<Rendered> {
  const resolved = await builtInStack(stack, { runtime });
  return { stack, runtime, files: render(resolved).files, kindOf: kindsByInstance(resolved) };
}

function kindsByInstance({ services }: Stack): Rendered['kindOf'] {
  return new Map(services.flatMap(({ kind, instances }) => instances.map(({ name }) => [name, kind.name] as const)));
}

/** The first name that is free: `redis/start.sh`, for one more text of that name `redis/process/start.sh`. */
function namedScripts(rendered: readonly Rendered[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { stack, runtime, files, kindOf } of rendered) {
    for (const { path, text } of files.filter(isScript)) {
      if (names.has(text)) continue;
      const [kind, file] = [kindOf.get(dirname(path)) ?? '', basename(path)];
      const candidates = [join(kind, file), join(kind, runtime, file), join(kind, runtime, stack, file)];
      names.set(text, candidates.find((name) => ![...names.values()].includes(name)) ?? join(stack, runtime, path));
    }
  }
  return names;
}

function isScript({ path }: { readonly path: string }): boolean {
  return path.endsWith('.sh');
}

/** With a file FILES: modes, because git keeps only one bit of one, and which script a path is. */
function goldenFiles({ files }: Rendered): Files {
  const lines = files.map((file) => {
    const line = `${file.mode.toString(8).padStart(4, '0')} ${file.path}`;
    return isScript(file) ? `${line} = ${SCRIPTS}/${scripts.get(file.text)}\n` : `${line}\n`;
  });
  const own = files.filter((file) => !isScript(file)).map(({ path, text }) => [path, text]);
  return Object.fromEntries([...own, ['FILES', lines.join('')]]);
}

async function expectGolden(folder: string, rendered: Files): Promise<void> {
  if (UPDATE) await write(join(GOLDEN, folder), rendered);
  expect(rendered).toEqual(await read(join(GOLDEN, folder)));
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
