/** A supervisor may die at any moment, and a command too: nothing is lost, and there is one supervisor at most. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { membersOf } from '../../../src/lib/process-group.ts';
import { identify, isAlive } from '../../../src/lib/process-identity.ts';
import { foldersOf } from '../../../src/programs/supervisor/protocol/instance-files.ts';
import { observeInstance } from '../../../src/runtimes/process/observe.ts';
import { spawnSupervisor } from '../../../src/runtimes/process/supervision/spawn-supervisor.ts';
import { supervisorOf } from '../../../src/runtimes/process/supervision/supervisor.ts';
import { processesIn } from '../../support/leftovers.ts';
import {
  cleanUps,
  end,
  harness,
  isRunning,
  logOf,
  processesOf,
  project,
  runs,
  serverOf,
  states,
  supervisorIn,
  touch,
} from '../../support/supervised.ts';
import { buildProgram } from '../../support/supervisor-program.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('a supervisor that is gone', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'by %s leaves the servers, the next look adopts them',
    async (signal) => {
      const made = await project();
      await made.start();
      const before = await made.runtime.observe();
      const first = await end(made, signal);
      expect(before.map(({ pid }) => identify(pid ?? 0))).not.toContain(undefined);
      const other = await made.openAgain();
      expect(runs(await other.observe())).toEqual(runs(before));
      const second = await supervisorIn(made);
      expect(second.pid).not.toBe(first.pid);
      expect(runs(await other.observe())).toEqual(runs(before));
    },
  );

  it('is followed by one that restarts adopted servers, with an exit that nobody saw', async () => {
    const made = await project({ count: 1 });
    await made.start();
    await end(made, 'SIGKILL');
    await made.runtime.observe();
    await supervisorIn(made);
    const [before] = await made.runtime.observe();
    process.kill(before?.pid ?? 0, 'SIGKILL');
    const [after] = await waitFor('a restart', async () => {
      const now = await made.runtime.observe();
      return now[0]?.state === 'running' && now[0].pid !== before?.pid && now;
    });
    expect(after?.restarts).toBe(1);
    expect(after?.lastExit).toMatchObject({ at: expect.any(String) });
    expect(after?.lastExit?.code).toBeUndefined();
    expect(after?.lastExit?.signal).toBeUndefined();
  });

  it('together with a server hides how that server ended, and shows no older exit for it', async () => {
    const made = await project({ count: 1 });
    await made.start();
    await made.runtime.stop(['app-1']);
    await made.start();
    const [before] = await made.runtime.observe();
    // By its own exit, or by the signal where that came before its trap.
    expect(before?.lastExit?.code ?? before?.lastExit?.signal).toBeDefined();
    await end(made, 'SIGKILL');
    process.kill(before?.pid ?? 0, 'SIGKILL');
    const after = await waitFor('its end', async () => {
      const seen = await observeInstance(foldersOf(made.paths.instances, 'app-1'));
      return seen?.state === 'restarting' && seen;
    });
    expect(after.lastExit).toMatchObject({ at: expect.any(String), code: undefined, signal: undefined });
  });

  it('together with its servers is followed by one that starts them', async () => {
    const made = await project();
    await made.start();
    const before = await made.runtime.observe();
    await end(made, 'SIGKILL');
    for (const { pid } of before) process.kill(-(pid ?? 0), 'SIGKILL');
    await made.runtime.observe();
    await waitFor('all running', async () => (await made.runtime.observe()).every(({ state }) => state === 'running'));
    expect(runs(await made.runtime.observe())).not.toEqual(runs(before));
  });

  it('does not bring back what a fault took away', async () => {
    const made = await project();
    await made.start();
    await made.runtime.inject('app-1', 'kill');
    await made.runtime.inject('app-2', 'pause');
    await end(made, 'SIGKILL');
    await made.runtime.observe();
    await supervisorIn(made);
    await expect(
      waitFor('an undone fault', async () => states(await made.runtime.observe()) !== 'stopped paused', 1200),
    ).rejects.toThrow('in vain');
    await made.runtime.heal('app-1', 'kill');
    await made.runtime.heal('app-2', 'pause');
    expect(states(await made.runtime.observe())).toBe('running running');
  });

  it('is replaced by every command that needs one, also while it waits', async () => {
    const made = await project({ count: 1 });
    await made.start();
    await touch(made, 'app-1', 'stubborn');
    const supervisor = await supervisorIn(made);
    const stopping = made.runtime.stop(['app-1']);
    await waitFor('SIGTERM', () => logOf(made, 'app-1').includes('not now'));
    process.kill(supervisor.pid, 'SIGKILL');
    await stopping;
    expect(states(await made.runtime.observe())).toBe('stopped');
  });
});

describe('a frozen supervisor', () => {
  it('is named, within the time that the caller gave', async () => {
    const made = await project({ count: 1 });
    await made.start();
    const { pid } = await supervisorIn(made);
    process.kill(pid, 'SIGSTOP');
    cleanUps.push(async () => void process.kill(pid, 'SIGCONT'));
    const stopping = made.runtime.stop(['app-1'], { signal: AbortSignal.timeout(500) });
    await expect(stopping).rejects.toMatchObject({
      code: 'E_SUPERVISOR',
      message: expect.stringMatching(/frozen.*app-1 within 0\.\d s/),
      hint: expect.stringContaining(`kill -CONT ${pid}`),
    });
    const interrupt = new AbortController();
    const again = made.runtime.stop(['app-1'], { signal: interrupt.signal });
    interrupt.abort(new Error('Ctrl-C'));
    await expect(again).rejects.toThrow('Ctrl-C');
  });
});

describe('a command that is killed', () => {
  it.each([0, 15, 30, 60, 100, 150, 250])('%d ms into a start leaves nothing that down does not find', async (ms) => {
    const made = await project();
    const program = await buildProgram('test/support/start-and-die.ts');
    const folder = made.stack.project.folder;
    const env = { ...process.env, STACKCTL_SUPERVISOR: made.input.env.STACKCTL_SUPERVISOR };
    const command = spawn(process.execPath, [program, folder], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(command.stdout, 'data');
    await delay(ms);
    command.kill('SIGKILL');
    await made.runtime.observe();
    await made.runtime.down({ volumes: true });
    expect(processesOf(folder).filter((args) => !args.includes('supervisor'))).toEqual([]);
    // One that the killed command had just spawned finds nothing to do.
    await waitFor('the end of every supervisor', () => processesOf(folder).length === 0);
    expect(readdirSync(made.paths.root)).toEqual(['rendered']);
  });
});

describe('one supervisor', () => {
  it('remains of many, also where a dead one left its lock', async () => {
    const made = await project({ count: 1 });
    await made.start();
    for (let round = 0; round < 3; round++) {
      await end(made, 'SIGKILL');
      const children = await Promise.all(Array.from({ length: 5 }, () => spawnSupervisor(made.input)));
      const holder = await supervisorIn(made);
      await waitFor('the others to end', () => children.filter(isRunning).length <= 1);
      expect(children.find(isRunning)?.pid).toBe(holder.pid);
    }
    expect(states(await made.runtime.observe())).toBe('running');
  });

  it('ends with the last server and leaves no file and no process', async () => {
    const made = await project();
    await made.start();
    await touch(made, 'app-1', 'fact');
    const supervisor = await supervisorIn(made);
    const servers = await Promise.all(['app-1', 'app-2'].map((name) => serverOf(made, name)));
    await made.runtime.down({ volumes: false });
    expect(isAlive(supervisor)).toBe(false);
    expect(servers.flatMap((server) => membersOf(server))).toEqual([]);
    expect(existsSync(made.paths.supervisor)).toBe(false);
    expect(readdirSync(join(made.paths.instances, 'app-1')).sort()).toEqual(['data', 'log']);
    expect(existsSync(join(made.paths.instances, 'app-1', 'data', 'fact'))).toBe(true);
    await made.runtime.observe();
    expect(existsSync(made.paths.supervisor)).toBe(false);
    await made.runtime.down({ volumes: true });
    expect(existsSync(made.paths.instances)).toBe(false);
  });

  it('ends when everything is stopped, and a look does not start another', async () => {
    const made = await project();
    await made.start();
    const supervisor = await supervisorIn(made);
    await made.runtime.stop(['app-1', 'app-2']);
    await waitFor('its end', () => !isAlive(supervisor));
    await made.runtime.observe();
    expect(await supervisorOf(made.input)).toBeUndefined();
    await made.start(['app-2']);
    expect(states(await made.runtime.observe())).toBe('stopped running');
  });

  it('ends servers whose folder somebody deleted', async () => {
    const made = await project();
    await made.start();
    const supervisor = await supervisorIn(made);
    const servers = await Promise.all(['app-1', 'app-2'].map((name) => serverOf(made, name)));
    rmSync(made.paths.root, { recursive: true });
    await waitFor('the end of all', () => !isAlive(supervisor) && servers.every((server) => !isAlive(server)));
  });

  it('says why it could not work', async () => {
    const made = await project({ count: 1 });
    const program = join(made.paths.root, 'broken.mjs');
    mkdirSync(made.paths.root, { recursive: true });
    writeFileSync(program, 'throw new Error("out of order");');
    if (harness === undefined) return;
    const broken = await harness.module.open({
      ...made.input,
      env: { ...made.input.env, STACKCTL_SUPERVISOR: program },
    });
    const starting = broken.start(made.stack, ['app-1'], { signal: new AbortController().signal });
    await expect(starting).rejects.toMatchObject({ code: 'E_SUPERVISOR' });
    await expect(starting).rejects.toMatchObject({ hint: expect.stringContaining('supervisor.log') });
  });
});

describe('a supervisor that was started before there was anything to do', () => {
  it('is the one that starts the servers', async () => {
    const made = await project();
    mkdirSync(made.paths.root, { recursive: true });
    await made.runtime.expectStart?.();
    const [early] = supervisorsOf(made.paths.root);
    expect(await supervisorOf(made.input)).toBeUndefined();
    await made.start();
    expect(await supervisorIn(made)).toMatchObject({ pid: early });
    // From here on it is no matter of the command.
    await made.runtime.close();
    expect(supervisorsOf(made.paths.root)).toEqual([early]);
    await made.runtime.expectStart?.();
    expect(supervisorsOf(made.paths.root)).toEqual([early]);
  });

  it('is ended with the command that has found nothing to do for it', async () => {
    const made = await project();
    mkdirSync(made.paths.root, { recursive: true });
    await made.runtime.expectStart?.();
    expect(supervisorsOf(made.paths.root)).toHaveLength(1);
    await made.runtime.close();
    expect(supervisorsOf(made.paths.root)).toEqual([]);
  });
});

/** Pids of processes that work in the project's folder: supervisors, where nothing else is up. */
function supervisorsOf(folder: string): readonly number[] {
  return processesIn(folder).flatMap(({ pid, command }) => (command.includes('supervisor') ? [pid] : []));
}
