/** What only the process runtime has to promise: its supervisor may die at any moment, and pids may be reused. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { logTime } from '../../../src/kinds/_shared/redis/log-time.ts';
import { REDIS } from '../../../src/kinds/_shared/redis/products.ts';
import type { LockHolder } from '../../../src/lib/lock.ts';
import { membersOf } from '../../../src/lib/process-group.ts';
import { identify, isAlive, type ProcessIdentity } from '../../../src/lib/process-identity.ts';
import { launchServer } from '../../../src/programs/supervisor/launch-server.ts';
import { foldersOf, readRunState } from '../../../src/programs/supervisor/protocol/instance-files.ts';
import type { InstanceRunState } from '../../../src/programs/supervisor/protocol/instance-record.ts';
import { findBinary } from '../../../src/runtimes/process/binaries/find.ts';
import { observeInstance } from '../../../src/runtimes/process/observe.ts';
import { spawnSupervisor } from '../../../src/runtimes/process/supervision/spawn-supervisor.ts';
import { supervisorOf } from '../../../src/runtimes/process/supervision/supervisor.ts';
import type { ObservedInstance } from '../../../src/stack/contract/runtime.ts';
import { fixtureKind } from '../../support/fixture-kind.ts';
import { makeProject, runtimeHarnesses, type TestProject } from '../../support/runtime-contract.ts';
import { buildProgram } from '../../support/supervisor-program.ts';
import { waitFor } from '../../support/wait-for.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const harness = (await runtimeHarnesses(process.env)).find(({ name }) => name === 'process');

async function project(options: Parameters<typeof makeProject>[1] = {}): Promise<TestProject> {
  if (harness === undefined) throw new Error('there is no process runtime');
  const made = await makeProject(harness, options);
  cleanUps.push(made.cleanUp);
  return made;
}

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
    expect(before?.lastExit).toMatchObject({ code: 0 });
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
    await waitFor('the end of every supervisor', () => processesOf(folder).length === 0, 2000);
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

describe('crashes', () => {
  it('are followed by restarts that come later and later', async () => {
    const made = await project({ count: 1, kind: crashing });
    await made.start();
    const exits = await waitFor('four exits', async () => {
      const state = await readRunState(foldersOf(made.paths.instances, 'app-1'));
      return state.exits.length >= 4 && state.exits;
    });
    const times = exits.map(({ at }) => Date.parse(at));
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    [500, 1000, 2000].forEach((wanted, index) => {
      expect(gaps[index]).toBeGreaterThanOrEqual(wanted - 20);
      expect(gaps[index]).toBeLessThan(wanted + 1500);
    });
    expect(exits[0]).toMatchObject({ code: 7 });
    expect(states(await made.runtime.observe())).toBe('restarting');
    await made.runtime.stop(['app-1']);
    expect(states(await made.runtime.observe())).toBe('stopped');
  });

  it('take what is left of the process group with them', async () => {
    const made = await project({ count: 1, kind: withChild });
    await made.start();
    const server = await serverOf(made, 'app-1');
    const children = await waitFor('its child', () => {
      const others = membersOf(server).filter(({ pid }) => pid !== server.pid);
      return others.length === 3 && others;
    });
    process.kill(server.pid, 'SIGKILL');
    await waitFor('a restart', async () => (await serverOf(made, 'app-1')).pid !== server.pid);
    expect(children.map(({ pid }) => identify(pid))).toEqual([undefined, undefined, undefined]);
  });

  it('fail the start when there is not even a process', async () => {
    const made = await project({ count: 1 });
    mkdirSync(foldersOf(made.paths.instances, 'app-1').logFile, { recursive: true });
    await expect(made.start()).rejects.toMatchObject({ code: 'E_START_FAILED' });
    expect(states(await made.runtime.observe())).toBe('restarting');
  });
});

describe('faults', () => {
  it('stop every process of the instance at once', async () => {
    const made = await project({ count: 1, kind: withChild });
    await made.start();
    const server = await serverOf(made, 'app-1');
    await waitFor('its children', () => membersOf(server).length === 4);
    await made.runtime.inject('app-1', 'pause');
    expect(membersOf(server).map(({ stopped }) => stopped)).toEqual([true, true, true, true]);
    await made.runtime.heal('app-1', 'pause');
    expect(membersOf(server).map(({ stopped }) => stopped)).toEqual([false, false, false, false]);
    await made.runtime.inject('app-1', 'kill');
    expect(membersOf(server)).toEqual([]);
  });

  it('by a stranger are seen and, when they freeze, not undone', async () => {
    const made = await project({ count: 1 });
    await made.start();
    const server = await serverOf(made, 'app-1');
    process.kill(server.pid, 'SIGSTOP');
    await waitFor('the freeze', async () => states(await made.runtime.observe()) === 'paused');
    await expect(
      waitFor('a resume', async () => states(await made.runtime.observe()) !== 'paused', 1000),
    ).rejects.toThrow('in vain');
    process.kill(server.pid, 'SIGCONT');
    await waitFor('the thaw', async () => states(await made.runtime.observe()) === 'running');
  });

  it('need something to hit', async () => {
    const made = await project({ count: 1 });
    await made.start();
    await made.runtime.stop(['app-1']);
    await expect(made.runtime.inject('app-1', 'pause')).rejects.toMatchObject({ code: 'E_FAULT_FAILED' });
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

describe('a server', () => {
  it('does not begin to exist before it is on record', async () => {
    const made = await project({ count: 1 });
    const folders = foldersOf(made.paths.instances, 'app-1');
    const witness = join(made.paths.root, 'witness');
    const launch = {
      configHash: 'x',
      argv: ['/bin/sh', '-c', `: >${witness}`] as const,
      environment: {},
      stopGraceS: 1,
    };
    let gate: ProcessIdentity | undefined;
    const failing = launchServer(folders, launch, async (server) => {
      gate = server;
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    await waitFor('the gate to close', () => gate !== undefined && !isAlive(gate));
    expect(existsSync(witness)).toBe(false);
    const { server, exited } = await launchServer(folders, launch, async () => undefined);
    expect(await exited).toEqual({ code: 0, signal: undefined });
    expect(existsSync(witness)).toBe(true);
    expect(server.startedAt).toMatch(/Z$/);
  });

  it('leads a session of its own and has no pipe to the supervisor', async () => {
    const made = await project({ count: 1 });
    await made.start();
    const { pid } = await serverOf(made, 'app-1');
    const ids = execFileSync('ps', ['-o', 'pgid=,sid=', '-p', String(pid)], { encoding: 'utf8' });
    expect(ids.trim().split(/\s+/)).toEqual([String(pid), String(pid)]);
    if (process.platform !== 'linux') return;
    const files = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
    expect(files).toMatch(/0 -> \/dev\/null/);
    expect(files).toMatch(/1 -> .*server\.log/);
    expect(files).not.toMatch(/ [012] -> (socket|pipe)/);
    expect(files).not.toMatch(/socket/);
  });

  it('is recorded where only its owner can read', async () => {
    const made = await project({ count: 1 });
    await made.start();
    const { run, logFile } = foldersOf(made.paths.instances, 'app-1');
    for (const file of [join(run, 'record.json'), join(run, 'state.json'), logFile]) {
      expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    }
  });
});

describe('a log that grows', () => {
  it('is rotated, and a follower sees every line once', async () => {
    const made = await project({ count: 1, kind: talkative });
    await made.start();
    const stop = new AbortController();
    const seen: string[] = [];
    const options = { follow: true, since: undefined, tail: undefined, signal: stop.signal };
    const following = (async () => {
      for await (const { text } of made.runtime.logs(['app-1'], options)) seen.push(text);
    })();
    const { logFile } = foldersOf(made.paths.instances, 'app-1');
    await waitFor('a rotation', () => existsSync(`${logFile}.1`) && statSync(logFile).size < 1024 * 1024);
    writeFileSync(join(foldersOf(made.paths.instances, 'app-1').data, 'go'), '');
    await waitFor('the last line', () => seen.includes('the end'));
    stop.abort();
    await following;
    expect(statSync(`${logFile}.1`).size).toBeGreaterThanOrEqual(10 * 1024 * 1024);
    expect(seen.filter((text) => text !== 'the end').map((text) => Number(text.slice(-7)))).toEqual(
      Array.from({ length: 1200 }, (_, index) => index + 1),
    );
  });
});

const redis = await findBinary(REDIS.server, process.env);
if (redis.type !== 'found') console.log('skipped: redis-server under the supervisor, because it is not installed');
describe.skipIf(redis.type !== 'found')('redis-server', () => {
  it('survives the supervisor, is restarted after a crash, frozen and stopped with its data saved', async () => {
    const port = await freePort();
    const made = await project({ count: 1, kind: redisOn(port) });
    await made.start();
    const said = async (...words: string[]) => {
      return waitFor('an answer', () => redisCli(port, words), 5000);
    };
    expect(await said('PING')).toBe('PONG');
    await end(made, 'SIGKILL');
    expect(await said('SET', 'a', '1')).toBe('OK');
    await made.runtime.observe();
    await supervisorIn(made);
    process.kill((await serverOf(made, 'app-1')).pid, 'SIGSEGV');
    await waitFor('a restart', async () => (await made.runtime.observe())[0]?.restarts === 1);
    expect(await said('SET', 'a', '2')).toBe('OK');
    await made.runtime.inject('app-1', 'pause');
    expect(redisCli(port, ['PING'])).toBeUndefined();
    await made.runtime.heal('app-1', 'pause');
    expect(await said('PING')).toBe('PONG');
    await made.runtime.stop(['app-1']);
    expect((await made.runtime.observe())[0]?.lastExit).toMatchObject({ code: 0 });
    await made.start();
    expect(await said('GET', 'a')).toBe('2');
    const lines: (string | undefined)[] = [];
    const { signal } = new AbortController();
    const timeOf = (_: string, line: string) => logTime(line);
    const options = { follow: false, since: undefined, tail: 3, timeOf, signal };
    for await (const { at } of made.runtime.logs(['app-1'], options)) {
      lines.push(at);
    }
    expect(lines.map((at) => Math.abs(Date.now() - Date.parse(at ?? '')) < 60_000)).toEqual([true, true, true]);
  });
});

const crashing: typeof fixtureKind = {
  ...fixtureKind,
  process: () => ({ argv: ['/bin/sh', '-c', 'exit 7'], environment: {}, stopGraceS: 1 }),
};

/** 1200 numbered lines of 10 KiB, and a last one when it finds a file named `go`. */
const talkative: typeof fixtureKind = {
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
const withChild: typeof fixtureKind = {
  ...fixtureKind,
  process: () => ({
    argv: ['/bin/sh', '-c', 'sleep 1000 & timeout 1000 sleep 1000 & exec sleep 1000'],
    environment: {},
    stopGraceS: 1,
  }),
};

function redisOn(port: number): typeof fixtureKind {
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

function redisCli(port: number, words: readonly string[]): string | undefined {
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function startStranger(): Promise<ProcessIdentity> {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  cleanUps.push(async () => void child.kill('SIGKILL'));
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('no stranger');
  return identity;
}

async function supervisorIn({ paths, input }: TestProject): Promise<ProcessIdentity> {
  await waitFor('a supervisor', async () => supervisorOf(input));
  return JSON.parse(readFileSync(join(paths.supervisor, 'lock'), 'utf8')) as LockHolder;
}

async function end(made: TestProject, signal: NodeJS.Signals): Promise<ProcessIdentity> {
  const supervisor = await supervisorIn(made);
  process.kill(supervisor.pid, signal);
  await waitFor('the end of the supervisor', () => !isAlive(supervisor));
  return supervisor;
}

async function serverOf({ paths }: TestProject, name: string): Promise<ProcessIdentity> {
  const { server } = await readRunState(foldersOf(paths.instances, name));
  if (server === undefined) throw new Error(`${name} was never started`);
  return server;
}

async function touch({ paths }: TestProject, name: string, file: string): Promise<void> {
  writeFileSync(join(foldersOf(paths.instances, name).data, file), '');
}

function logOf({ paths }: TestProject, name: string): string {
  return readFileSync(foldersOf(paths.instances, name).logFile, 'utf8');
}

/** Command lines of the processes that were started for this folder. */
function processesOf(folder: string): readonly string[] {
  const all = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  return all.filter((args) => args.includes(folder));
}

function runs(all: readonly ObservedInstance[]): readonly unknown[] {
  return all.map(({ name, pid, startedAt, state }) => ({ name, pid, startedAt, state }));
}

function runsOf(all: readonly ObservedInstance[]): readonly unknown[] {
  return all.map(({ name, pid, state, configHash }) => ({ name, pid, state, configHash }));
}

function loseState({ paths }: TestProject, name: string, how: 'deleted' | 'cut off'): void {
  const file = join(foldersOf(paths.instances, name).run, 'state.json');
  if (how === 'deleted') rmSync(file);
  else writeFileSync(file, '{"server":{"pid":1}}');
}

function states(all: readonly ObservedInstance[]): string {
  return all.map(({ state }) => state).join(' ');
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
