/** The library looks after its servers from within the process that asked for them. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { LockHolder } from '../../../src/lib/lock.ts';
import { identify, isAlive } from '../../../src/lib/process-identity.ts';
import { run, STACKCTL } from '../../support/cli.ts';
import { openLibrary, type TestLibrary } from '../../support/library.ts';
import { ask } from '../../support/redis-side.ts';
import { requireRuntime } from '../../support/require.ts';
import { waitFor } from '../../support/wait-for.ts';

interface Told {
  readonly folder: string;
  readonly project: string;
  readonly port: number;
}

const BRING_UP = `
  const stack = await up('redis', { folder: '.', keep: true });
  const told = () => ({ folder: stack.folder, project: stack.project, port: stack.connection('redis').port });`;

function supervisorIn({ folder, project }: Told): LockHolder {
  return JSON.parse(readFileSync(join(folder, '.stackctl', project, 'supervisor/lock'), 'utf8'));
}

async function stackctlIn(library: TestLibrary, { folder }: Told, ...args: readonly string[]) {
  const { code, out, err } = await run(STACKCTL, [...args, '--json'], {
    cwd: folder,
    env: library.env as NodeJS.ProcessEnv,
  });
  return { code, err, data: JSON.parse(out).data };
}

afterEach(() => vi.useRealTimers());

test('it restarts what crashes, and knows how it ended', async (context) => {
  requireRuntime(context, 'process');
  await using library = await openLibrary('process');
  const stack = await library.up('redis');
  const seen = async () => (await stack.status()).instances[0];
  const told = { folder: stack.folder, project: stack.project, port: 0 };
  expect(supervisorIn(told)).toMatchObject({ pid: process.pid });
  const first = (await seen())?.pid ?? 0;
  process.kill(first, 'SIGKILL');
  const after = await waitFor('another server', async () => {
    const now = await seen();
    return now?.health === 'healthy' && now.pid !== first && now;
  });
  expect(after).toMatchObject({ restarts: 1, lastExit: { code: null, signal: 'SIGKILL' } });
  await stack.dispose();
  expect(await library.traces(stack)).toEqual([]);
});

test('it goes by the time, also while its program makes up another one', async (context) => {
  requireRuntime(context, 'process');
  await using library = await openLibrary('process');
  const stack = await library.up('redis');
  const seen = async () => (await stack.status()).instances[0];
  const first = (await seen())?.pid ?? 0;
  vi.useFakeTimers();
  process.kill(first, 'SIGKILL');
  await waitFor('another server', async () => {
    const now = await seen();
    return now?.health === 'healthy' && now.pid !== first;
  });
  await stack.dispose();
  expect(await library.traces(stack)).toEqual([]);
});

test('it waits while another process takes over after one that was killed', async (context) => {
  requireRuntime(context, 'process');
  await using library = await openLibrary('process');
  const program = library.program(`${BRING_UP} say(told()); process.kill(process.pid, 'SIGKILL');`);
  const told: Told = await program.next();
  await program.ended;
  const before = supervisorIn(told);
  const other = spawn('sleep', ['1000']);
  const holder = { ...before, ...identify(other.pid ?? 0) };
  const root = join(told.folder, '.stackctl', told.project);
  const turn = `lock.after.${before.pid}.${before.started.slice(0, 16).replace(/\W/g, '_')}`;
  writeFileSync(join(root, 'supervisor', turn), JSON.stringify(holder));
  const ofInstance = (file: string) => JSON.parse(readFileSync(join(root, 'instances/redis-1/run', file), 'utf8'));
  const asked = ofInstance('record.json').revision;
  process.kill(ofInstance('state.json').server.pid, 'SIGKILL');
  const coming = library.up('redis', { folder: told.folder, keep: true });
  let looks = 0;
  const isAsked = () => ofInstance('record.json').revision !== asked;
  await Promise.race([coming, waitFor('its request', () => isAsked() && ++looks > 10)]);
  other.kill('SIGKILL');
  const stack = await coming;
  expect(supervisorIn(told).pid).toBe(process.pid);
  await stack.dispose();
});

test('a command of another process has its wishes done, and signals nobody', async (context) => {
  requireRuntime(context, 'process');
  await using library = await openLibrary('process');
  const program = library.program(`${BRING_UP}
    say(told());
    process.stdin.once('data', async () => {
      const { instances } = await stack.status();
      say(instances.map(({ health }) => health));
      await stack.dispose();
      process.stdin.destroy();
    });`);
  const told: Told = await program.next();
  const pidOf = async () => (await stackctlIn(library, told, 'status')).data.instances[0].pid;
  const first = await pidOf();
  expect(await stackctlIn(library, told, 'restart', 'redis', '--yes')).toMatchObject({ code: 0 });
  expect(await pidOf()).not.toBe(first);
  expect(supervisorIn(told).pid).toBe(program.child.pid);
  expect(await stackctlIn(library, told, 'down')).toMatchObject({ code: 0 });
  await expect(ask(told.port, 'PING')).rejects.toThrow();
  // Its supervisor has ended, and the program lives: the next one is a program of its own again.
  expect(() => supervisorIn(told)).toThrow('ENOENT');
  expect(await stackctlIn(library, told, 'up')).toMatchObject({ code: 0 });
  expect(supervisorIn(told)).toMatchObject({ command: 'supervisor' });
  program.child.stdin?.write('go\n');
  expect(await program.next()).toEqual(['healthy']);
  expect(await program.ended).toMatchObject({ code: 0, err: '' });
  await expect(ask(told.port, 'PING')).rejects.toThrow();
});

test.each([
  ['ends without a word', ''],
  ['is killed', `process.kill(process.pid, 'SIGKILL');`],
])('a program that %s leaves its servers to the next command', async (_what, end) => {
  await using library = await openLibrary('process');
  const program = library.program(`${BRING_UP} say(told()); ${end}`);
  const told: Told = await program.next();
  // Nothing of the library keeps it from ending.
  await program.ended;
  expect(await ask(told.port, 'PING')).toBe('PONG');
  const { data } = await stackctlIn(library, told, 'status');
  const holder = await waitFor('another supervisor', () => {
    const now = supervisorIn(told);
    return now.pid !== program.child.pid && isAlive(now) && now;
  });
  expect(holder.command).toBe('supervisor');
  expect(data.instances[0]).toMatchObject({ health: 'healthy', restarts: 0 });
  process.kill(data.instances[0].pid, 'SIGKILL');
  await waitFor('a restart', async () => {
    const [now] = (await stackctlIn(library, told, 'status')).data.instances;
    return now.health === 'healthy' && now.restarts === 1;
  });
  expect(await stackctlIn(library, told, 'clean', '--yes')).toMatchObject({ code: 0 });
  expect(isAlive(holder)).toBe(false);
});
