/** Processes that find the same dead holder's lock at the same time: one of them gets it, whatever the others are at. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import type { LockHolder } from '../../../src/lib/lock.ts';
import { gateRounds } from '../../support/require.ts';
import { buildProgram } from '../../support/supervisor-program.ts';
import { waitFor } from '../../support/wait-for.ts';

const CONTENDERS = 8;
const ROUNDS = 100;
const [KILLS = 0] = gateRounds([15], [300]);

let program: string;
beforeAll(async () => {
  program = await buildProgram('test/support/lock-contender.ts');
});

it(`of ${CONTENDERS} processes, one takes a dead holder's lock, and the others say that it is locked`, async () => {
  const folder = newFolder();
  const contenders = await Promise.all(Array.from({ length: CONTENDERS }, () => start([])));
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(folder, String(round), 'lock');
    mkdirSync(join(folder, String(round)));
    const dead = { pid: 1, started: 'long ago', host: hostname(), command: 'up', since: 'then' };
    writeFileSync(path, JSON.stringify(dead satisfies LockHolder));
    const answers = await Promise.all(
      contenders.map(async ({ child, next }) => {
        child.stdin.write(`${path}\n`);
        return next();
      }),
    );
    const { pid } = JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
    expect(answers).toEqual(contenders.map(({ child }) => (child.pid === pid ? 'taken' : 'locked')));
    expect(readdirSync(join(folder, String(round)))).toEqual(['lock']);
  }
});

it('processes that are killed while they hold it or try to leave a lock that one other has', async () => {
  const path = join(newFolder(), 'lock');
  const running = new Map<number, Contender>();
  const holders = new Set<number>();
  const add = async (): Promise<void> => {
    const contender = await start([path]);
    const { pid = 0 } = contender.child;
    running.set(pid, contender);
    void contender.next().then((said) => {
      if (said !== undefined && running.has(pid)) holders.add(said === 'taken' ? pid : Number.NaN);
    });
  };
  const kill = (pid: number | undefined): void => {
    if (pid === undefined) return;
    running.get(pid)?.child.kill('SIGKILL');
    running.delete(pid);
    holders.delete(pid);
  };
  await Promise.all([add(), add(), add(), add()]);
  for (let round = 0; round < KILLS; round++) {
    const [holder] = await waitFor('a holder', () => holders.size > 0 && [...holders]);
    expect([...holders], `round ${round}`).toEqual([holder]);
    const other = [...running.keys()].find((pid) => pid !== holder);
    const added = [add(), add()];
    kill(holder);
    await delay(Math.random() * 4); // a kill at any moment of the others' attempts
    kill(other);
    await Promise.all(added);
  }
  await waitFor('the last holder', () => holders.size > 0);
  await delay(50); // long enough for a second one to say so
  expect(holders.size).toBe(1);
  expect([JSON.parse(readFileSync(path, 'utf8')).pid]).toEqual([...holders]);
});

interface Contender {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** Its next line; undefined: it has ended. */
  readonly next: () => Promise<string | undefined>;
}

async function start(args: readonly string[]): Promise<Contender> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> => (await lines.next()).value as string | undefined;
  await next();
  return { child, next };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-locks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
