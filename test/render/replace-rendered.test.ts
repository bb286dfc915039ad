import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectPaths } from '../../src/project/paths.ts';
import { type Rendered, render } from '../../src/render/render.ts';
import { openReplace, type Replace } from '../../src/render/replace-rendered.ts';
import { filesBelow } from '../../src/render/write.ts';
import type { ProjectPaths } from '../../src/stack/contract/paths.ts';
import { readRenderedHashes, writeRenderedHashes } from '../../src/stack/derived/rendered-hashes.ts';
import { fixtureStack } from '../support/fixture-kind.ts';
import { DOCKER, PROCESS } from '../support/runtime-facts.ts';
import { folderOf } from '../support/stack-fixtures.ts';

let folder: Awaited<ReturnType<typeof folderOf>>;
let paths: ProjectPaths;
beforeEach(async () => {
  folder = await folderOf({});
  paths = projectPaths(folder.path, 'fixture');
});
afterEach(() => folder[Symbol.asyncDispose]());

function rendered(marker: string, { runtime = PROCESS, count = 2 } = {}): Rendered {
  const network = runtime === DOCKER ? { name: 'net', subnet: '10.9.8.0/24' } : undefined;
  return render(
    fixtureStack({ runtime, folder: folder.path, name: 'fixture', id: 'f', image: 'i', network, marker, count }),
  );
}

/** What runs, started with these. */
function running(started: Rendered, names: readonly string[] = ['app-1', 'app-2']) {
  return names.map((name) => ({ name, state: 'running' as const, configHash: started.hashes.get(name) }));
}

async function markers(): Promise<readonly string[]> {
  const files = (await filesBelow(paths.rendered)).filter((path) => path.endsWith('server.sh'));
  const texts = await Promise.all(files.map((path) => readFile(join(paths.rendered, path), 'utf8')));
  return texts.map((text, index) => `${files[index]?.split('/')[0]} ${text.split('\n')[0]}`);
}

const replacing = (next: Rendered, observed: Parameters<typeof openReplace>[0]['observed'], keepUnknown = false) =>
  openReplace({ paths, rendered: next, observed, keepUnknown });

test('nothing runs: everything is written, and its hashes', async () => {
  const one = rendered('one');
  await replacing(one, []);
  expect(await markers()).toEqual(['app-1 # one', 'app-2 # one']);
  expect(await readRenderedHashes(paths)).toEqual(one.hashes);
});

test('files of a server that runs with others stay, hash and all, until it is named', async () => {
  const [one, two] = [rendered('one'), rendered('two')];
  await replacing(one, []);
  const replace: Replace = await replacing(two, running(one));
  expect(await markers()).toEqual(['app-1 # one', 'app-2 # one']);
  expect(await readRenderedHashes(paths)).toEqual(one.hashes);
  await replace(['app-2']);
  expect(await markers()).toEqual(['app-1 # one', 'app-2 # two']);
  const hashes = await readRenderedHashes(paths);
  expect(hashes?.get('app-1')).toBe(one.hashes.get('app-1'));
  expect(hashes?.get('app-2')).toBe(two.hashes.get('app-2'));
});

test('a project without a file of hashes: what runs says with which configuration it was started', async () => {
  const [one, two] = [rendered('one'), rendered('two')];
  const replace = await replacing(one, running(one));
  expect(await readRenderedHashes(paths)).toEqual(one.hashes);
  await writeFile(paths.renderedHashes, 'not json');
  await replace([]);
  expect(await readRenderedHashes(paths)).toEqual(one.hashes);
  await replacing(two, running(one));
  expect(await readRenderedHashes(paths)).toEqual(one.hashes);
});

test('what was started from elsewhere has no files here to keep: they are written, and it counts as started with others', async () => {
  const [one, two] = [rendered('one'), rendered('two')];
  const replace = await replacing(two, running(one, ['app-2']));
  expect(await markers()).toEqual(['app-1 # two', 'app-2 # two']);
  expect((await readRenderedHashes(paths))?.get('app-2')).toBe(one.hashes.get('app-2'));
  await replace(['app-2']);
  expect(await readRenderedHashes(paths)).toEqual(two.hashes);
});

test('a run that ends while files are written leaves no hash that they do not have', async () => {
  const [one, two] = [rendered('one'), rendered('two')];
  await replacing(one, []);
  // A folder in the place of a file: it cannot be written.
  const failing: Rendered = {
    ...two,
    files: [{ path: 'app-2/server.sh/x', text: '', mode: 0o644 }, ...two.files],
  };
  await expect((await replacing(failing, running(one)))(['app-1', 'app-2'])).rejects.toThrow();
  expect(await readRenderedHashes(paths)).toEqual(new Map());
});

test('instances that the stack no longer has lose their files in an `up`, and keep them in a restart', async () => {
  const [three, two] = [rendered('one', { count: 3 }), rendered('one')];
  await replacing(three, []);
  await replacing(two, running(three, ['app-1', 'app-2', 'app-3']), true);
  expect(await markers()).toEqual(['app-1 # one', 'app-2 # one', 'app-3 # one']);
  expect((await readRenderedHashes(paths))?.get('app-3')).toBe(three.hashes.get('app-3'));
  await replacing(two, running(three, ['app-1', 'app-2', 'app-3']));
  expect(await markers()).toEqual(['app-1 # one', 'app-2 # one']);
  expect((await readRenderedHashes(paths))?.has('app-3')).toBe(false);
});

test('Docker: the entry of a server that stays is the one that its container was made from', async () => {
  const docker = { runtime: DOCKER };
  const [one, two] = [rendered('one', docker), rendered('two', docker)];
  await replacing(one, []);
  const replace = await replacing(two, running(one));
  const text = () => readFile(join(paths.rendered, 'compose.yaml'), 'utf8');
  const compose = (from: Rendered) => from.files.find(({ path }) => path === 'compose.yaml')?.text;
  expect(await text()).toBe(compose(one));
  await replace(['app-1']);
  expect(await text()).toContain(two.hashes.get('app-1'));
  expect(await text()).toContain(one.hashes.get('app-2'));
  await replace(['app-2']);
  expect(await text()).toBe(compose(two));
});

test('hashes that are written are read back', async () => {
  await writeRenderedHashes(
    paths,
    new Map([
      ['b-1', '2'],
      ['a-1', '1'],
    ]),
  );
  expect([...((await readRenderedHashes(paths)) ?? [])]).toEqual([
    ['a-1', '1'],
    ['b-1', '2'],
  ]);
});

test('Docker: compose.yaml is made again only when what it is made from has changed, or the file', async () => {
  const made: string[] = [];
  const counting = (marker: string): Rendered => {
    const plain = rendered(marker, { runtime: DOCKER });
    const files = plain.files.map((file) => {
      if (file.path !== 'compose.yaml') return file;
      const { path, mode, key = '' } = file;
      return {
        path,
        mode,
        key,
        get text() {
          made.push(marker);
          return file.text;
        },
      };
    });
    return { ...plain, files };
  };
  const compose = join(paths.rendered, 'compose.yaml');
  await replacing(counting('one'), []);
  await replacing(counting('one'), []);
  const text = await readFile(compose, 'utf8');
  made.length = 0;
  await replacing(counting('one'), []);
  expect(made).toEqual([]);
  await writeFile(compose, `${text}# by hand\n`);
  await replacing(counting('one'), []);
  expect(made).not.toEqual([]);
  expect(await readFile(compose, 'utf8')).toBe(text);
  made.length = 0;
  await replacing(counting('two'), []);
  expect(made).not.toEqual([]);
  expect(await readFile(compose, 'utf8')).not.toBe(text);
});
