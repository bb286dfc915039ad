import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { binaryVariable, findBinaries, findBinary } from '../../../../src/runtimes/process/binaries/find.ts';
import { diagnosisOf, pathsOrThrow } from '../../../../src/runtimes/process/binaries/report.ts';
import type { BinaryNeed } from '../../../../src/stack/kind.ts';

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
