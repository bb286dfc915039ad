import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPrograms } from '../../src/lifecycle/programs.ts';
import { projectPaths } from '../../src/project/paths.ts';
import type { Service, Stack } from '../../src/stack/contract/model.ts';
import type { RuntimeFacts } from '../../src/stack/contract/runtime-facts.ts';
import { fixtureStack } from '../support/fixture-kind.ts';
import { DOCKER, PROCESS } from '../support/runtime-facts.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const FILES = { 'app/main.py': 'print(1)\n', 'app/util/x.py': '', 'app/Dockerfile': 'FROM scratch\n' };
const SQLITE = 'SQLite format 3\0 and so on';

let folder: Awaited<ReturnType<typeof folderOf>>;
const writers: ChildProcess[] = [];
beforeEach(async () => {
  folder = await folderOf(FILES);
});
afterEach(async () => {
  for (const child of writers.splice(0)) child.kill('SIGKILL');
  await folder[Symbol.asyncDispose]();
});

const app = (path: string): string => join(folder.path, 'app', path);
const write = (path: string, text = path): Promise<void> => writeFile(app(path), text);

function stackOf(runtime: RuntimeFacts): Stack {
  const common = { folder: folder.path, name: 'p', id: 'p', image: 'i', marker: 'm', count: 2 };
  const stack = fixtureStack({ ...common, runtime, network: undefined });
  const build = { folder: app('.'), args: {}, content: 'as loaded' };
  return { ...stack, services: stack.services.map((service): Service => ({ ...service, build })) };
}

/** One look as `up` takes it: the content, why it changed, and what a start would write down. */
async function look({ runtime = PROCESS, pid = undefined as number | undefined } = {}) {
  const observed = [{ name: 'app-1', state: 'running' as const, pid }];
  const found = await readPrograms(stackOf(runtime), observed, projectPaths(folder.path, 'p'));
  return { ...found, content: found.stack.services[0]?.build?.content, cause: found.causes.get('app-1') };
}

/** Started and running: what is there now is what it was started from. */
async function started(options: Parameters<typeof look>[0] = {}): Promise<string | undefined> {
  const { content, remember } = await look(options);
  await remember(['app-1']);
  return content;
}

/** A process, in a session of its own, that holds a file open for writing. */
async function writerOf(path: string): Promise<number> {
  const child = spawn('sh', ['-c', `exec 3>>"$0"; echo open; read -r wait`, app(path)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  writers.push(child);
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child.pid ?? 0;
}

test('the name of a file is named on one line', async () => {
  await started();
  await write('a\nb.py');
  const { cause } = await look();
  expect(cause).toContain('a\\x0ab.py');
  expect(cause).not.toContain('\n');
});

test.each([PROCESS, DOCKER])('$name: an edited, a new and a removed file are named', async (runtime) => {
  const before = await started({ runtime });
  expect(await look({ runtime })).toMatchObject({ content: before, cause: undefined });
  await write('main.py', 'print(2)\n');
  await write('more.py');
  await rm(app('util/x.py'));
  const after = await look({ runtime });
  expect(after.content).not.toBe(before);
  expect(after.cause).toBe(
    'its program changed: main.py, more.py (new), util/x.py (gone); a file that it writes itself belongs into .dockerignore',
  );
  expect(after.causes.get('app-2')).toBe(after.cause);
});

test('many files: three are named', async () => {
  await started();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await write(`${name}.py`);
  expect((await look()).cause).toContain('a.py (new), b.py (new), c.py (new), and 2 more');
});

describe('what a local program writes into its own folder is no change', () => {
  test.each(['server.log', 'server.pid', '.DS_Store'])('%s', async (name) => {
    const before = await started();
    await write(name);
    expect(await look()).toMatchObject({ content: before, cause: undefined });
  });

  test.each(['state.json.tmp', 'tmp/x', '.cache/f1', 'util/.tmp/f1'])('%s, new and changed', async (name) => {
    const before = await started();
    await mkdir(dirname(app(name)), { recursive: true });
    await write(name);
    expect(await look()).toMatchObject({ content: before, cause: undefined });
    await started();
    await write(name, 'more');
    expect(await look()).toMatchObject({ content: before, cause: undefined });
    expect((await look({ runtime: DOCKER })).cause).toContain(name);
  });

  test('a changed file may be its own doing too, where it works in the folder', async () => {
    await write('state.json');
    await started();
    await write('state.json', '{}');
    expect((await look()).cause).toMatch(/: state\.json; .* belongs into \.dockerignore$/);
    expect((await look({ runtime: DOCKER })).cause).toMatch(/: state\.json$/);
  });

  test('a database of SQLite, its companions too, new and changed', async () => {
    const before = await started();
    await write('store', SQLITE);
    await write('store-wal');
    await write('store-journal');
    expect(await look()).toMatchObject({ content: before, cause: undefined });
    await started();
    await write('store', `${SQLITE} more`);
    await rm(app('store-wal'));
    expect(await look()).toMatchObject({ content: before, cause: undefined });
  });

  test('a file that it holds open, then and after it has ended', async () => {
    const before = await started();
    const pid = await writerOf('out.txt');
    const running = await look({ pid });
    expect(running).toMatchObject({ content: before, cause: undefined });
    await running.remember([]);
    await write('out.txt', 'more');
    expect(await look()).toMatchObject({ content: before, cause: undefined });
    expect((await look({ runtime: DOCKER })).cause).toContain('out.txt (new)');
  });

  test('a file that was there when it was started, and that it turns out to write', async () => {
    await write('out.txt');
    const before = await started();
    const pid = await writerOf('out.txt');
    await write('out.txt', 'more');
    expect(await look({ pid })).toMatchObject({ content: before, cause: undefined });
  });

  test('a file that it closes again counts, until .dockerignore leaves it out', async () => {
    const before = await started();
    await write('state.json');
    expect((await look()).cause).toBe(
      'its program changed: state.json (new); a file that it writes itself belongs into .dockerignore',
    );
    await started();
    await write('.dockerignore', '*.json\n');
    const after = await look();
    expect(after.cause).toBeUndefined();
    expect(after.content).not.toBe(before);
    // An image that was built with the file still has it.
    expect((await look({ runtime: DOCKER })).cause).toContain('state.json (gone)');
  });
});

test('in Docker a database is a file like any other', async () => {
  await started({ runtime: DOCKER });
  await write('seed.sqlite', SQLITE);
  expect((await look({ runtime: DOCKER })).cause).toContain('seed.sqlite (new)');
});

test('nothing is known of the last start: no file is named, and the content is that of the folder', async () => {
  const { content, cause } = await look();
  expect({ content: typeof content, cause }).toEqual({ content: 'string', cause: undefined });
  await writeFile(join(folder.path, 'app.json'), '');
  const paths = projectPaths(folder.path, 'p');
  await started();
  await writeFile(paths.programs, '{"app": {"content": 3}}');
  expect(await look()).toMatchObject({ content, cause: undefined });
  await writeFile(paths.programs, '{');
  expect(await look()).toMatchObject({ content, cause: undefined });
});
