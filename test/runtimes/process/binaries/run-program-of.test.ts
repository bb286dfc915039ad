import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgramOf } from '../../../../src/runtimes/process/binaries/run-program-of.ts';
import type { Service } from '../../../../src/stack/contract/model.ts';
import type { RuntimeInput } from '../../../../src/stack/contract/runtime.ts';

let folder: string;
let server: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stackctl-program-'));
});
afterEach(() => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const BINARY = {
  name: 'sleep',
  versionArgs: ['--version'],
  versionPattern: /(\d+\.\d+)/,
  range: '>=1.0.0',
  knownPaths: [],
  packages: {},
};
const SERVICE = { kind: { binaries: [BINARY] }, options: {} } as unknown as Service;

function inputWith(program: string): RuntimeInput {
  return { env: { STACKCTL_BIN_SLEEP: program }, paths: { supervisor: folder } } as unknown as RuntimeInput;
}

function start(program: string): number {
  server = spawn(program, ['600']);
  return server.pid ?? 0;
}

it('knows the file of a running process', async () => {
  const program = join(folder, 'sleep');
  copyFileSync('/bin/sleep', program);
  const pid = start(program);
  expect(await runProgramOf(inputWith(program), SERVICE, [{ pid }])).toBe(true);
});

it('a program that was replaced in its place is another one, and so is the same program at another place', async () => {
  const program = join(folder, 'sleep');
  copyFileSync('/bin/sleep', program);
  const pid = start(program);
  expect(await runProgramOf(inputWith('/bin/sleep'), SERVICE, [{ pid }])).toBe(false);
  // As a package manager does it.
  copyFileSync('/bin/sleep', `${program}.new`);
  renameSync(`${program}.new`, program);
  expect(await runProgramOf(inputWith(program), SERVICE, [{ pid }])).toBe(false);
});

it('says no where it cannot know: a script, no process, no program', async () => {
  const script = join(folder, 'sleep');
  writeFileSync(script, '#!/bin/sh\n[ "$1" != --version ] || { echo 9.1; exit; }\nsleep "$1" &\nwait\n', {
    mode: 0o755,
  });
  const pid = start(script);
  expect(await runProgramOf(inputWith(script), SERVICE, [{ pid }])).toBe(false);
  expect(await runProgramOf(inputWith('/bin/sleep'), SERVICE, [{ pid: undefined }])).toBe(false);
  expect(await runProgramOf(inputWith('/nowhere/sleep'), SERVICE, [{ pid }])).toBe(false);
});
