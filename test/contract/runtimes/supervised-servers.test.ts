/** What the supervisor does for a server: restarts, faults, its process group, its log. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logTime } from '../../../src/kinds/_shared/redis/log-time.ts';
import { REDIS } from '../../../src/kinds/_shared/redis/products.ts';
import { membersOf } from '../../../src/lib/process-group.ts';
import { identify, isAlive, type ProcessIdentity } from '../../../src/lib/process-identity.ts';
import { launchServer } from '../../../src/programs/supervisor/launch-server.ts';
import { foldersOf, readRunState } from '../../../src/programs/supervisor/protocol/instance-files.ts';
import { findBinary } from '../../../src/runtimes/process/binaries/find.ts';
import {
  crashing,
  end,
  freePort,
  project,
  redisCli,
  redisOn,
  serverOf,
  states,
  supervisorIn,
  talkative,
  withChild,
} from '../../support/supervised.ts';
import { waitFor } from '../../support/wait-for.ts';

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
    await waitFor('the next attempt to be due', async () => states(await made.runtime.observe()) === 'restarting');
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
    const place = { home: made.paths.root, keepsAlive: true };
    const failing = launchServer(
      folders,
      launch,
      async (server) => {
        gate = server;
        throw new Error('disk full');
      },
      place,
    );
    await expect(failing).rejects.toThrow('disk full');
    await waitFor('the gate to close', () => gate !== undefined && !isAlive(gate));
    expect(existsSync(witness)).toBe(false);
    const { server, exited } = await launchServer(folders, launch, async () => undefined, place);
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
      return waitFor('an answer', () => redisCli(port, words));
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
