/** What is on record may be lost or wrong, and pids are used again: no other process is ever touched. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identify, isAlive } from '../../../src/lib/process-identity.ts';
import { foldersOf, readRunState } from '../../../src/programs/supervisor/protocol/instance-files.ts';
import type { InstanceRunState } from '../../../src/programs/supervisor/protocol/instance-record.ts';
import { supervisorOf } from '../../../src/runtimes/process/supervision/supervisor.ts';
import {
  cleanUps,
  end,
  isRunning,
  loseState,
  project,
  runsOf,
  startStranger,
  states,
  supervisorIn,
} from '../../support/supervised.ts';
import { waitFor } from '../../support/wait-for.ts';

describe.skipIf(process.platform !== 'linux')('a server whose state file is lost', () => {
  it.each(['deleted', 'cut off'] as const)('(%s) is found by its folder, adopted and ended', async (how) => {
    const made = await project();
    await made.start();
    const before = await made.runtime.observe();
    await end(made, 'SIGKILL');
    loseState(made, 'app-2', how);
    const after = await made.runtime.observe();
    expect(runsOf(after)).toEqual(runsOf(before));
    await supervisorIn(made);
    await waitFor('adoption', async () => (await readRunState(foldersOf(made.paths.instances, 'app-2'))).server);
    expect(runsOf(await made.runtime.observe())).toEqual(runsOf(before));
    await end(made, 'SIGKILL');
    loseState(made, 'app-2', how);
    await made.runtime.down({ volumes: true });
    expect(before.map(({ pid }) => identify(pid ?? 0))).toEqual([undefined, undefined]);
    expect(existsSync(made.paths.instances)).toBe(false);
  });

  it('is recreated by a start with another configuration', async () => {
    const made = await project({ count: 1 });
    await made.start();
    const [before] = await made.runtime.observe();
    await end(made, 'SIGKILL');
    loseState(made, 'app-1', 'deleted');
    await made.start(undefined, 'two');
    const [after] = await made.runtime.observe();
    expect(after?.configHash).not.toBe(before?.configHash);
    expect(after?.pid).not.toBe(before?.pid);
    expect(identify(before?.pid ?? 0)).toBeUndefined();
  });

  it('is ended by down also without a record, and nobody else is', async () => {
    const made = await project();
    await made.start();
    const before = await made.runtime.observe();
    await end(made, 'SIGKILL');
    const { run, data } = foldersOf(made.paths.instances, 'app-2');
    rmSync(run, { recursive: true });
    const visitor = spawn('sleep', ['1000'], { cwd: data, stdio: 'ignore' });
    cleanUps.push(async () => void visitor.kill('SIGKILL'));
    await made.runtime.down({ volumes: true });
    expect(before.map(({ pid }) => identify(pid ?? 0))).toEqual([undefined, undefined]);
    expect(isRunning(visitor)).toBe(true);
  });
});

describe('a record that is no record', () => {
  it.each(['{}', '{', '{"revision":"x","wanted":"running","launch":{"argv":[]}}'])('%s is named', async (text) => {
    const made = await project();
    await made.start();
    const before = await made.runtime.observe();
    const file = join(foldersOf(made.paths.instances, 'app-2').run, 'record.json');
    writeFileSync(file, text);
    await expect(made.runtime.observe()).rejects.toMatchObject({
      code: 'E_STATE_UNREADABLE',
      message: expect.stringContaining(file),
      hint: expect.stringContaining('stackctl down'),
    });
    await made.runtime.stop(['app-2']);
    await end(made, 'SIGKILL');
    rmSync(join(foldersOf(made.paths.instances, 'app-1').run, 'state.json'));
    writeFileSync(file, text);
    await made.runtime.down({ volumes: true });
    expect(before.map(({ pid }) => identify(pid ?? 0))).toEqual([undefined, undefined]);
    expect(existsSync(made.paths.instances)).toBe(false);
  });
});

describe('a reused pid', () => {
  it('is not taken for the server, and never signalled', async () => {
    const made = await project({ count: 1 });
    await made.start();
    await made.runtime.stop(['app-1']);
    await waitFor('the end of the supervisor', async () => (await supervisorOf(made.input)) === undefined);
    const stranger = await startStranger();
    const file = join(foldersOf(made.paths.instances, 'app-1').run, 'state.json');
    const state = JSON.parse(readFileSync(file, 'utf8')) as InstanceRunState;
    const server = { ...state.server, pid: stranger.pid };
    writeFileSync(file, JSON.stringify({ ...state, server, remains: 'server' }));
    expect(states(await made.runtime.observe())).toBe('stopped');
    await made.runtime.down({ volumes: true });
    expect(isAlive(stranger)).toBe(true);
  });
});
