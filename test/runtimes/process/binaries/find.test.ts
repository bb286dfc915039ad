import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { markComplete } from '../../../../src/lib/complete-folder.ts';
import { binaryVariable, findBinaries, findBinary } from '../../../../src/runtimes/process/binaries/find.ts';
import { diagnosisOf, pathsOrThrow } from '../../../../src/runtimes/process/binaries/report.ts';
import type { BinaryNeed } from '../../../../src/stack/contract/needs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stackctl-binaries-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const NEED: BinaryNeed = {
  name: 'fake-server',
  versionArgs: ['--version'],
  versionPattern: /v=(\S+)/,
  range: '>=6.2.0',
  knownPaths: [],
  packages: { debian: ['fake', 'fake-tools'], brew: 'fake' },
};
const OTHER: BinaryNeed = { ...NEED, name: 'other-server', packages: { debian: ['other'], brew: 'other' } };

function program(name: string, output: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${output}"\n`);
  chmodSync(path, 0o755);
  return path;
}

it('names the variable that configures a program', () => {
  expect(binaryVariable('redis-server')).toBe('STACKCTL_BIN_REDIS_SERVER');
});

it('prefers the configured path to PATH to known places', async () => {
  const onPath = program('fake-server', 'v=7.0.15');
  const configured = program('mine', 'v=7.2.0');
  const known = program('known', 'v=6.2.1');
  const need = { ...NEED, knownPaths: [known] };
  const env = { PATH: folder, STACKCTL_BIN_FAKE_SERVER: configured };
  expect(await findBinary(need, env)).toMatchObject({ type: 'found', path: configured, version: '7.2.0' });
  expect(await findBinary(need, { PATH: folder })).toMatchObject({ type: 'found', path: onPath });
  expect(await findBinary(need, { PATH: '/nowhere' })).toMatchObject({ type: 'found', path: known });
});

it('passes over a version that does not fit, and names it when there is no other', async () => {
  const old = program('fake-server', 'v=5.0.7');
  const fit = program('known', 'v=7.0.0');
  expect(await findBinary({ ...NEED, knownPaths: [fit] }, { PATH: folder })).toMatchObject({ path: fit });
  expect(await findBinary(NEED, { PATH: folder })).toMatchObject({ type: 'unfit', path: old, version: '5.0.7' });
});

it('never replaces a configured program', async () => {
  program('fake-server', 'v=7.0.15');
  const env = { PATH: folder, STACKCTL_BIN_FAKE_SERVER: '/nowhere/fake' };
  expect(await findBinary(NEED, env)).toMatchObject({ type: 'missing', configured: '/nowhere/fake' });
});

it('asks a program for its version once until it changes', async () => {
  const path = program('fake-server', 'v=7.0.15');
  const known = new Map<string, string>();
  const cache = {
    get: (key: string) => known.get(key),
    set: (key: string, value: string) => void known.set(key, value),
  };
  await findBinary(NEED, { PATH: folder }, cache);
  known.set([...known.keys()][0] ?? '', '7.7.7');
  expect(await findBinary(NEED, { PATH: folder }, cache)).toMatchObject({ version: '7.7.7' });
  writeFileSync(path, '#!/bin/sh\necho "a longer one: v=7.4.0"\n');
  expect(await findBinary(NEED, { PATH: folder }, cache)).toMatchObject({ version: '7.4.0' });
});

it('reports everything that is missing or unfit in one error with the install command', async () => {
  program('fake-server', 'v=5.0.7');
  const findings = await findBinaries([NEED, OTHER, NEED], { PATH: folder });
  expect(() => pathsOrThrow(findings, 'linux')).toThrow(
    expect.objectContaining({
      code: 'E_BINARY_MISSING',
      message: expect.stringMatching(/fake-server .*5\.0\.7.*>=6\.2\.0.*other-server is not installed/),
      details: expect.objectContaining({ install: 'apt-get install fake fake-tools other' }),
    }),
  );
  expect(() => pathsOrThrow(findings.slice(0, 1), 'darwin')).toThrow(
    expect.objectContaining({ code: 'E_BINARY_VERSION', hint: expect.stringContaining('brew install fake,') }),
  );
});

it('gives paths by name, and facts for the doctor', async () => {
  const path = program('fake-server', 'v=7.0.15');
  const findings = await findBinaries([NEED, OTHER], { PATH: folder });
  expect(pathsOrThrow(findings.slice(0, 1), 'linux')).toEqual({ 'fake-server': path });
  expect(findings.map((finding) => diagnosisOf(finding, 'linux'))).toEqual([
    { id: 'binary:fake-server', verdict: 'ok', fact: `fake-server 7.0.15 at ${path}` },
    expect.objectContaining({ id: 'binary:other-server', verdict: 'fail', fix: 'apt-get install other' }),
  ]);
});

const DOWNLOAD = {
  id: 'fake-1.2.3',
  from: 'npm',
  packages: ['@some/fake@1.2.3', 'other@2.0.0'],
  path: 'node_modules/fake',
  sizeMb: 1,
} as const;
const JARS: BinaryNeed = { ...NEED, name: 'jars', versionArgs: [], versionPattern: /^core-(\S+)\.jar$/m };

async function download(packages: readonly string[] = DOWNLOAD.packages): Promise<string> {
  const place = join(folder, 'stackctl', DOWNLOAD.id, DOWNLOAD.path);
  mkdirSync(place, { recursive: true });
  await markComplete(join(folder, 'stackctl', DOWNLOAD.id), packages);
  return place;
}

it('takes a download when there is no program that fits, with the version that is pinned', async () => {
  const place = await download();
  const need = { ...NEED, download: DOWNLOAD };
  const env = { PATH: folder, XDG_CACHE_HOME: folder };
  expect(await findBinary(need, env)).toEqual({ type: 'found', need, path: place, version: '1.2.3' });
  program('fake-server', 'v=5.0.7');
  expect(await findBinary(need, env)).toMatchObject({ path: place });
  const fit = program('fake-server', 'v=7.0.15');
  expect(await findBinary(need, env)).toMatchObject({ path: fit, version: '7.0.15' });
  expect(await findBinary(need, { ...env, STACKCTL_BIN_FAKE_SERVER: '/nowhere' })).toMatchObject({ type: 'missing' });
});

it('takes no download that was not finished, and none of other packages', async () => {
  const need = { ...NEED, download: DOWNLOAD };
  const env = { PATH: '/nowhere', XDG_CACHE_HOME: folder };
  mkdirSync(join(folder, 'stackctl', DOWNLOAD.id, DOWNLOAD.path), { recursive: true });
  expect(await findBinary(need, env)).toMatchObject({ type: 'missing' });
  await download(['@some/fake@1.2.2', 'other@2.0.0']);
  expect(await findBinary(need, env)).toMatchObject({ type: 'missing' });
});

it('finds a folder of files by its variable or known places, never on PATH, and its version in their names', async () => {
  const libs = join(folder, 'home', 'libs');
  mkdirSync(libs, { recursive: true });
  const need = { ...JARS, home: { variable: 'FAKE_HOME', path: 'libs' } };
  const env = { PATH: join(folder, 'home'), FAKE_HOME: join(folder, 'home') };
  expect(await findBinary(need, env)).toMatchObject({ type: 'unfit', path: libs, version: undefined });
  writeFileSync(join(libs, 'a-core-1.0.0.jar'), '');
  writeFileSync(join(libs, 'core-7.1.0.jar'), '');
  expect(await findBinary(need, env)).toMatchObject({ type: 'found', path: libs, version: '7.1.0' });
  expect(await findBinary({ ...need, name: 'libs' }, { PATH: env.PATH })).toMatchObject({ type: 'missing' });
  expect(await findBinary({ ...need, knownPaths: [libs] }, {})).toMatchObject({ type: 'found', path: libs });
  expect(await findBinary(need, { STACKCTL_BIN_JARS: libs })).toMatchObject({ type: 'found', path: libs });
});

it('names one command for packages and downloads together', async () => {
  const findings = await findBinaries([OTHER, { ...JARS, download: DOWNLOAD }], {
    PATH: '/nowhere',
    XDG_CACHE_HOME: folder,
  });
  expect(() => pathsOrThrow(findings, 'linux', 'shop')).toThrow(
    expect.objectContaining({
      code: 'E_BINARY_MISSING',
      message: expect.stringMatching(/other-server is not installed.*; jars is not installed/),
      details: expect.objectContaining({ install: 'apt-get install other && stackctl doctor shop --fix' }),
    }),
  );
});

it('takes a program of any version as it is, on PATH or by its path, and says what to do without one', async () => {
  const any: BinaryNeed = { ...NEED, anyVersion: true, packages: { debian: [], brew: '' } };
  const path = program('fake-server', 'no version');
  expect(await findBinary(any, { PATH: folder })).toMatchObject({ type: 'found', path, version: '' });
  expect(await findBinary({ ...any, name: path }, {})).toMatchObject({ type: 'found', path });
  const missing = [await findBinary(any, {}), await findBinary({ ...any, name: '/nowhere/x' }, { PATH: folder })];
  expect(() => pathsOrThrow(missing, 'linux')).toThrow(
    expect.objectContaining({
      code: 'E_BINARY_MISSING',
      message: expect.stringMatching(/^fake-server is not installed .*; there is no program \/nowhere\/x$/),
      hint: 'Install fake-server and /nowhere/x, or say where they are with STACKCTL_BIN_FAKE_SERVER, or run the services in containers: --runtime docker.',
    }),
  );
});
