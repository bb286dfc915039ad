import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checksOf } from '../../src/doctor/checks/checks-of.ts';
import type { Facts } from '../../src/doctor/facts.ts';
import { fetchDownload } from '../../src/doctor/fixes/fetch-download.ts';
import { planFixes } from '../../src/doctor/fixes/plan-fixes.ts';
import { cacheFolder } from '../../src/lib/cache-folder.ts';
import { isComplete } from '../../src/lib/complete-folder.ts';
import type { Download } from '../../src/stack/contract/needs.ts';
import { machine, noEngine, noServer } from './facts.ts';

const JARS: Download = {
  id: 'jars-1',
  from: 'maven',
  packages: ['org.a:b:1', 'org.a:c:2'],
  path: 'libs',
  sizeMb: 54,
};
const MODULE: Download = { id: 'module-1', from: 'npm', packages: ['m@1.0.0'], path: 'node_modules/m', sizeMb: 546 };

describe('what is planned', () => {
  const lacking = (change: Partial<Facts> = {}): Facts =>
    machine({
      runtimes: [noEngine, noServer],
      packages: new Map(),
      downloads: new Map([['cache-server', JARS]]),
      ...change,
    });
  const fixes = (facts: Facts) => planFixes(facts, checksOf(facts));

  test('says what, from where, where to and how big', () => {
    expect(fixes(lacking())).toEqual([
      {
        type: 'download',
        id: 'process:binary:cache-server',
        download: JARS,
        cacheFolder: '/cache/stackctl',
        text: 'fetch org.a:b:1, org.a:c:2 from maven into /cache/stackctl/jars-1 (54 MB)',
      },
    ]);
    expect(checksOf(lacking()).find(({ id }) => id === 'process:binary:cache-server')).toMatchObject({
      verdict: 'fail',
      fix: 'stackctl doctor cache --fix',
    });
  });

  test('also where another runtime could run the stack, unless that one was chosen', () => {
    const runtimes = [...machine().runtimes.slice(0, 1), noServer];
    expect(fixes(lacking({ runtimes }))).toMatchObject([{ type: 'download' }]);
    expect(fixes(lacking({ runtimes, chosenRuntime: 'docker' }))).toEqual([]);
  });

  test('nothing without a stack: its check says that one has to be named', () => {
    const facts = lacking({ stack: undefined, reference: undefined });
    expect(fixes(facts)).toEqual([]);
    expect(checksOf(facts).find(({ id }) => id === 'process:binary:cache-server')).toMatchObject({
      fix: 'stackctl doctor <stack> --fix',
    });
  });

  test('one download for all programs that come with it', () => {
    const diagnoses = ['a', 'b'].map((name) => ({ id: `binary:${name}`, verdict: 'fail', fact: '' }) as const);
    const runtimes = [{ name: 'process', ready: false, diagnoses }] as const;
    const downloads = new Map([
      ['a', MODULE],
      ['b', { ...MODULE, path: 'node_modules/other' }],
    ]);
    expect(fixes(lacking({ runtimes, downloads }))).toHaveLength(1);
  });

  test('the program that fetches is installed first where it is missing and can be', () => {
    const fetchers = new Set(['npm'] as const);
    expect(fixes(lacking({ fetchers }))).toMatchObject([
      { type: 'installPackages', packages: ['maven'] },
      { type: 'download' },
    ]);
    const system = { platform: 'linux', distributions: ['debian'], isRoot: false } as const;
    expect(fixes(lacking({ fetchers, system }))).toMatchObject([{ type: 'download' }]);
  });
});

describe('what is fetched', () => {
  let folder: string;
  const at = (...names: string[]): string => join(folder, ...names);
  const cache = (): Promise<readonly string[]> => readdir(at('cache')).catch(() => []);

  /** Programs that note how they were called, and make what they are asked for unless there is a file `fail`. */
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stackctl-downloads-'));
    const start = `#!/bin/sh\necho "$0 $*" >>'${folder}/log'\n[ ! -f '${folder}/fail' ] || { echo "E404 no such thing"; exit 1; }\n`;
    await program('npm', `${start}mkdir -p node_modules/m\n`);
    await program(
      'mvn',
      `${start}mkdir libs; cp pom.xml '${folder}/pom.xml'; exec sleep $(cat '${folder}/slow' || echo 0)\n`,
    );
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function program(name: string, text: string): Promise<void> {
    await writeFile(at(name), text);
    await chmod(at(name), 0o755);
  }

  const fetch = (download: Download, signal = new AbortController().signal): Promise<void> =>
    fetchDownload({ download, cacheFolder: at('cache'), env: { PATH: `${folder}:/usr/bin:/bin` }, signal });

  test('npm installs into the cache folder, and the mark is there at the end', async () => {
    await fetch(MODULE);
    expect(await cache()).toEqual(['module-1']);
    expect(await isComplete(at('cache', 'module-1'), MODULE.packages)).toBe(true);
    expect(await readFile(at('log'), 'utf8')).toMatch(
      /npm install --prefix \S+\/cache\/\.partial-\S+ .*-- m@1\.0\.0$/m,
    );
  });

  test('mvn copies the jars of exactly these versions', async () => {
    await fetch(JARS);
    expect(await readdir(at('cache', 'jars-1'))).toEqual(['complete.json', 'libs']);
    const pom = await readFile(at('pom.xml'), 'utf8');
    expect([...pom.matchAll(/<groupId>org\.a<\/groupId><artifactId>(.)<\/artifactId><version>(.)</g)]).toMatchObject([
      { 1: 'b', 2: '1' },
      { 1: 'c', 2: '2' },
    ]);
  });

  test('a failure says why and leaves nothing', async () => {
    await writeFile(at('fail'), '');
    await expect(fetch(MODULE)).rejects.toMatchObject({
      code: 'E_BINARY_MISSING',
      message: expect.stringContaining('E404 no such thing'),
    });
    expect(await cache()).toEqual([]);
    await rm(at('fail'));
    await expect(fetch({ ...MODULE, path: 'node_modules/elsewhere' })).rejects.toThrow(
      'did not bring what was asked for',
    );
    expect(await cache()).toEqual([]);
  });

  test('a program that is missing is named with what to do', async () => {
    await rm(at('mvn'));
    const env = { PATH: folder };
    const signal = new AbortController().signal;
    await expect(fetchDownload({ download: JARS, cacheFolder: at('cache'), env, signal })).rejects.toMatchObject({
      code: 'E_BINARY_MISSING',
      message: expect.stringContaining('cannot run mvn'),
      hint: expect.stringContaining('apt-get install maven'),
    });
  });

  test('an interrupt ends it and leaves nothing', async () => {
    await writeFile(at('slow'), '20');
    const controller = new AbortController();
    const fetching = fetch(JARS, controller.signal);
    setTimeout(() => controller.abort(new Error('interrupted')), 100);
    await expect(fetching).rejects.toThrow('interrupted');
    expect(await cache()).toEqual([]);
  });

  test('leftovers of killed runs go, half a download is replaced, two at once are one', async () => {
    await mkdir(at('cache', '.partial-999999999-aa', 'x'), { recursive: true });
    await mkdir(at('cache', 'module-1', 'half'), { recursive: true });
    await Promise.all([fetch(MODULE), fetch(MODULE)]);
    expect(await cache()).toEqual(['module-1']);
    expect((await readdir(at('cache', 'module-1'))).sort()).toEqual(['complete.json', 'node_modules']);
  });
});

test.each([
  [{ XDG_CACHE_HOME: '/c', HOME: '/h' }, 'linux', '/c/stackctl'],
  [{ XDG_CACHE_HOME: 'c', HOME: '/h' }, 'linux', '/h/.cache/stackctl'],
  [{ HOME: '/h' }, 'darwin', '/h/Library/Caches/stackctl'],
] as const)('%j on %s: %s', (env, platform, folder) => expect(cacheFolder(env, platform)).toBe(folder));
