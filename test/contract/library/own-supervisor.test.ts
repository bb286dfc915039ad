/** The library looks after its servers from within the process that asked for them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LockHolder } from '../../../src/lib/lock.ts';
import { isAlive } from '../../../src/lib/process-identity.ts';
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
