/** Projects of the process runtime with a supervisor that may be killed, and what is known of their processes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { REDIS } from '../../src/kinds/_shared/redis/products.ts';
import type { LockHolder } from '../../src/lib/lock.ts';
import { identify, isAlive, type ProcessIdentity } from '../../src/lib/process-identity.ts';
import { foldersOf, readRunState } from '../../src/programs/supervisor/protocol/instance-files.ts';
import { supervisorOf } from '../../src/runtimes/process/supervision/supervisor.ts';
import type { ObservedInstance } from '../../src/stack/contract/runtime.ts';
import { fixtureKind } from './fixture-kind.ts';
import { makeProject, runtimeHarnesses, type TestProject } from './runtime-contract.ts';
import { waitFor } from './wait-for.ts';

export const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export const harness = (await runtimeHarnesses(process.env)).find(({ name }) => name === 'process');

export async function project(options: Parameters<typeof makeProject>[1] = {}): Promise<TestProject> {
  if (harness === undefined) throw new Error('there is no process runtime');
  const made = await makeProject(harness, options);
  cleanUps.push(made.cleanUp);
  return made;
}

export const crashing: typeof fixtureKind = {
  ...fixtureKind,
  process: () => ({ argv: ['/bin/sh', '-c', 'exit 7'], environment: {}, stopGraceS: 1 }),
};

/** 1200 numbered lines of 10 KiB, and a last one when it finds a file named `go`. */
export const talkative: typeof fixtureKind = {
  ...fixtureKind,
  process: () => ({
    argv: [
      '/bin/sh',
      '-c',
      'awk "BEGIN { for (i = 1; i <= 1200; i++) printf \\"%010240d\\n\\", i }"; until [ -e go ]; do sleep 0.1; done; echo the end; exec sleep 1000',
    ],
    environment: {},
    stopGraceS: 1,
  }),
};

/** A child in the group, and one with a child in a group of its own: four processes. */
export const withChild: typeof fixtureKind = {
  ...fixtureKind,
  process: () => ({
    argv: ['/bin/sh', '-c', 'sleep 1000 & timeout 1000 sleep 1000 & exec sleep 1000'],
    environment: {},
    stopGraceS: 1,
  }),
};

export function redisOn(port: number): typeof fixtureKind {
  return {
    ...fixtureKind,
    binaries: [REDIS.server],
    process: (_input, { binaries, data }) => ({
      argv: [
        binaries['redis-server'] ?? '',
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        data,
        '--save',
        '1 1',
      ],
      environment: {},
      stopGraceS: 5,
    }),
  };
}

export function redisCli(port: number, words: readonly string[]): string | undefined {
  try {
    const options = {
      encoding: 'utf8' as const,
      timeout: 500,
      stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'],
    };
    return execFileSync('redis-cli', ['-e', '-p', String(port), ...words], options).trim();
  } catch {
    return undefined; // not up yet, or frozen
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export async function startStranger(): Promise<ProcessIdentity> {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  cleanUps.push(async () => void child.kill('SIGKILL'));
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('no stranger');
  return identity;
}

export async function supervisorIn({ paths, input }: TestProject): Promise<ProcessIdentity> {
  await waitFor('a supervisor', async () => supervisorOf(input));
  return JSON.parse(readFileSync(join(paths.supervisor, 'lock'), 'utf8')) as LockHolder;
}

export async function end(made: TestProject, signal: NodeJS.Signals): Promise<ProcessIdentity> {
  const supervisor = await supervisorIn(made);
  process.kill(supervisor.pid, signal);
  await waitFor('the end of the supervisor', () => !isAlive(supervisor));
  return supervisor;
}

export async function serverOf({ paths }: TestProject, name: string): Promise<ProcessIdentity> {
  const { server } = await readRunState(foldersOf(paths.instances, name));
  if (server === undefined) throw new Error(`${name} was never started`);
  return server;
}

export async function touch({ paths }: TestProject, name: string, file: string): Promise<void> {
  writeFileSync(join(foldersOf(paths.instances, name).data, file), '');
}

export function logOf({ paths }: TestProject, name: string): string {
  return readFileSync(foldersOf(paths.instances, name).logFile, 'utf8');
}

/** Command lines of the processes that were started for this folder. */
export function processesOf(folder: string): readonly string[] {
  const all = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  return all.filter((args) => args.includes(folder));
}

export function runs(all: readonly ObservedInstance[]): readonly unknown[] {
  return all.map(({ name, pid, startedAt, state }) => ({ name, pid, startedAt, state }));
}

export function runsOf(all: readonly ObservedInstance[]): readonly unknown[] {
  return all.map(({ name, pid, state, configHash }) => ({ name, pid, state, configHash }));
}

export function loseState({ paths }: TestProject, name: string, how: 'deleted' | 'cut off'): void {
  const file = join(foldersOf(paths.instances, name).run, 'state.json');
  if (how === 'deleted') rmSync(file);
  else writeFileSync(file, '{"server":{"pid":1}}');
}

export function states(all: readonly ObservedInstance[]): string {
  return all.map(({ state }) => state).join(' ');
}

export function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
